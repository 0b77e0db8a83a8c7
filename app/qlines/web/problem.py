"""Errors: application/problem+json (RFC 9457) under /api, a page with a way back elsewhere."""

import logging
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from typing import Any

import orjson
from flask import Flask, Response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from qlines.errors import (
    ConflictError,
    FieldError,
    NotFoundError,
    SpoolFullError,
    StoreUnavailableError,
)

log = logging.getLogger(__name__)

RETRY_AFTER_SECONDS = "2"  # the longest back-off of our own programs


def problem(
    status: int,
    detail: str,
    *,
    errors: list[dict[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return an error for programs; *errors* names fields: ``{"field", "reason"}`` each."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if errors:
        body["errors"] = errors
    answer = Response(orjson.dumps(body), status, mimetype="application/problem+json")
    answer.headers.update(headers or {})
    return answer


def field_errors(messages: Any, path: str = "") -> Iterator[dict[str, str]]:
    """Flatten marshmallow's nested messages into fields with a reason each.

    The outermost level is where the value came from (json, query), which is no field's name.
    """
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            name = "" if key == "_schema" else str(key)
            yield from field_errors(inner, ".".join(part for part in (path, name) if part))
        return
    for reason in messages if isinstance(messages, list) else [messages]:
        yield {"field": path or "body", "reason": str(reason)}


def is_for_programs() -> bool:
    """Tell whether the request is answered in JSON."""
    return request.path.startswith("/api/") or request.path == "/api"


def answer_error(
    status: int,
    detail: str,
    *,
    errors: list[dict[str, str]] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return the error in the form that whoever asks can read."""
    if is_for_programs():
        return problem(status, detail, errors=errors, headers=headers)
    page = render_template(
        "error.html", status=status, title=HTTPStatus(status).phrase, detail=detail
    )
    answer = Response(page, status)
    answer.headers.update(headers or {})
    return answer


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    data = getattr(error, "data", None) or {}
    if "messages" in data:  # from webargs: what a schema did not like
        found = [item for part in data["messages"].values() for item in field_errors(part)]
        detail = "; ".join(f"{item['field']}: {item['reason']}" for item in found)
        return answer_error(status, detail, errors=found)
    headers = {
        key: value
        for key, value in error.get_headers()
        if key not in ("Content-Type", "Content-Length")
    }
    return answer_error(status, error.description or error.name, headers=headers)


def _unavailable(error: StoreUnavailableError | SpoolFullError) -> Response:
    log.warning("answered 503 to %s: %s", request.path, error)
    return answer_error(503, str(error), headers={"Retry-After": RETRY_AFTER_SECONDS})


def _field(error: FieldError) -> Response:
    return answer_error(422, str(error), errors=[{"field": error.field, "reason": error.reason}])


def _forged(_error: CSRFError) -> Response:
    return answer_error(403, "Your form has expired. Reload the page and try again.")


def _unexpected(error: Exception) -> Response:
    log.error("failed at %s %s", request.method, request.path, exc_info=error)
    return answer_error(500, "internal error: see the log of gunicorn for the cause")


def init_app(app: Flask) -> None:
    """Answer every error of the app."""
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(NotFoundError, lambda error: answer_error(404, str(error)))
    app.register_error_handler(ConflictError, lambda error: answer_error(409, str(error)))
    app.register_error_handler(FieldError, _field)
    app.register_error_handler(StoreUnavailableError, _unavailable)
    app.register_error_handler(SpoolFullError, _unavailable)
    app.register_error_handler(Exception, _unexpected)
