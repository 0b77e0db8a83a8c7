"""Answer ``GET /health``: 200 when every component is ok, otherwise 503 with the causes."""

from collections.abc import Callable
from typing import Any

from appliance.shared.http_server import Request, Response, json_response, not_found

PATH = "/health"


def respond(request: Request, document: Callable[[], dict[str, Any]]) -> Response:
    """Return the answer to *request*; *document* is called for the report's path only."""
    if request.path != PATH:
        return not_found(PATH)
    report = document()
    # Indented, because Docker's health check prints it for people.
    return json_response(200 if report["status"] == "ok" else 503, report, indent=1)
