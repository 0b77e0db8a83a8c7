"""Route a request of the health server to its report, from the latest results only."""

from collections.abc import Callable, Mapping
from typing import Any

from appliance.shared.http_server import Request, Response, json_response, not_found

PORT = 5002

Report = Callable[[], tuple[int, dict[str, Any]]]  # returns status and document


def response_to(request: Request, reports: Mapping[str, Report]) -> Response:
    """Return the report of the request's path; 404 with the paths for any other."""
    report = reports.get(request.path)
    if report is None:
        return not_found(*reports)
    return json_response(*report())
