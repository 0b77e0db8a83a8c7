"""Error responses: application/problem+json (RFC 9457) under /api, an HTML page elsewhere."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from http import HTTPStatus
from typing import Any, TypedDict

import orjson
from flask import Flask, Response, render_template, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException

from qlines.errors import (
    BusyError,
    ChangedError,
    ConflictError,
    FieldError,
    NotFoundError,
    QueryLimitError,
    SpoolFullError,
    StoreUnavailableError,
    TrueNowError,
)
from qlines.web.kept_form import KeptField, kept_fields

log = logging.getLogger(__name__)

PROBLEM_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = "2"  # the longest back-off of our own programs
INTERNAL_ERROR = "internal error: see the log of gunicorn for the cause"


class FieldProblem(TypedDict):
    """A field, and the rule that its value breaks."""

    field: str
    reason: str


def problem_body(
    status: int,
    detail: str,
    errors: Sequence[FieldProblem] = (),
    extensions: Mapping[str, Any] | None = None,
) -> bytes:
    """Return the JSON of an error as RFC 9457 defines it, with *errors* and other extensions."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if errors:
        body["errors"] = errors
    body |= extensions or {}
    return orjson.dumps(body)


def problem(
    status: int,
    detail: str,
    *,
    errors: Sequence[FieldProblem] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return an error response for programs."""
    response = Response(problem_body(status, detail, errors), status, mimetype=PROBLEM_TYPE)
    response.headers.update(headers or {})
    return response


def field_errors(messages: Any, path: str = "") -> Iterator[FieldProblem]:
    """Flatten marshmallow's nested messages into one problem per field and reason.

    *messages* are those of one location (json, query), without the location's name.
    """
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            name = "" if key == "_schema" else str(key)
            yield from field_errors(inner, ".".join(part for part in (path, name) if part))
        return
    for reason in messages if isinstance(messages, list) else [messages]:
        yield {"field": path or "body", "reason": str(reason)}


def is_for_programs() -> bool:
    """Return whether the current request is one of the API, which is answered in JSON."""
    return request.path.startswith("/api/") or request.path == "/api"


def answer_error(
    status: int,
    detail: str,
    *,
    errors: Sequence[FieldProblem] = (),
    headers: Mapping[str, str] | None = None,
    may_be_sent_again: bool = False,
) -> Response:
    """Return the error as JSON for the API, as a page for browsers.

    A form that *may_be_sent_again* is on that page with what was typed into it.
    """
    if is_for_programs():
        return problem(status, detail, errors=errors, headers=headers)
    page = render_template(
        "error.html",
        status=status,
        title=HTTPStatus(status).phrase,
        detail=detail,
        kept=_kept() if may_be_sent_again else None,
    )
    response = Response(page, status)
    response.headers.update(headers or {})
    return response


def _kept() -> list[KeptField] | None:
    try:
        return kept_fields(request.form) if _is_own_form() else None
    except HTTPException:  # its body is too large, or no form: nobody has typed that
        return None


def _is_own_form() -> bool:
    """Return whether the request is a form of one of our pages, as far as the browser says.

    One that another site has filled in must not become ours, with our token, by one click.
    """
    if request.method != "POST" or request.url_rule is None:
        return False
    # Browsers send the first to addresses with TLS only, the second with every POST.
    site = request.headers.get("Sec-Fetch-Site")
    if site is not None:
        return site == "same-origin"
    return request.headers.get("Origin", "") == request.host_url.rstrip("/")


def _http_error(error: HTTPException) -> Response:
    status = error.code or 500
    data = getattr(error, "data", None) or {}
    if "messages" in data:  # from webargs, by location: the fields that a schema rejected
        errors = [item for part in data["messages"].values() for item in field_errors(part)]
        detail = "; ".join(f"{item['field']}: {item['reason']}" for item in errors)
        return answer_error(status, detail, errors=errors)
    headers = {
        key: value
        for key, value in error.get_headers()
        if key not in ("Content-Type", "Content-Length")
    }
    return answer_error(status, error.description or error.name, headers=headers)


def _unavailable(error: StoreUnavailableError | SpoolFullError) -> Response:
    log.warning("answered 503 to %s: %s", _asked_for(), error)
    headers = {"Retry-After": RETRY_AFTER_SECONDS}
    return answer_error(503, str(error), headers=headers, may_be_sent_again=True)


def _asked_for() -> str:
    """Return what was asked for without its names: an unknown token is a part of a path."""
    return request.url_rule.rule if request.url_rule else "an unknown path"


def _limited(error: QueryLimitError) -> Response:
    may_succeed = error.status == HTTPStatus.SERVICE_UNAVAILABLE
    headers = {"Retry-After": RETRY_AFTER_SECONDS} if may_succeed else {}
    return answer_error(error.status, str(error), headers=headers)


def _busy(error: BusyError) -> Response:
    headers = {"Retry-After": str(error.retry_seconds)}
    return answer_error(error.status, str(error), headers=headers, may_be_sent_again=True)


def _changed(error: ChangedError) -> Response:
    has_condition = "If-Match" in request.headers
    status = HTTPStatus.PRECONDITION_FAILED if has_condition else HTTPStatus.CONFLICT
    return answer_error(status, str(error))


def _true_now(error: TrueNowError) -> Response:
    devices = [{"id": device, "name": name} for device, name in error.devices]
    body = problem_body(409, str(error), extensions={"true_now": devices})
    return Response(body, 409, mimetype=PROBLEM_TYPE)


def _bad_field(error: FieldError) -> Response:
    field = FieldProblem(field=error.field, reason=error.reason)
    return answer_error(422, str(error), errors=[field])


def _expired_form(_error: CSRFError) -> Response:
    if is_for_programs() or not _is_own_form():
        return answer_error(403, "Your form has expired. Reload the page and try again.")
    return answer_error(403, "Your form has expired. Send it again.", may_be_sent_again=True)


def _unexpected(error: Exception) -> Response:
    log.error("failed at %s %s", request.method, _asked_for(), exc_info=error)
    return answer_error(500, INTERNAL_ERROR, may_be_sent_again=True)


def init_app(app: Flask) -> None:
    """Register the handlers for every error of the app."""
    app.register_error_handler(HTTPException, _http_error)
    app.register_error_handler(CSRFError, _expired_form)
    app.register_error_handler(NotFoundError, lambda error: answer_error(404, str(error)))
    app.register_error_handler(ConflictError, lambda error: answer_error(409, str(error)))
    app.register_error_handler(ChangedError, _changed)
    app.register_error_handler(TrueNowError, _true_now)
    app.register_error_handler(FieldError, _bad_field)
    app.register_error_handler(StoreUnavailableError, _unavailable)
    app.register_error_handler(QueryLimitError, _limited)
    app.register_error_handler(BusyError, _busy)
    app.register_error_handler(SpoolFullError, _unavailable)
    app.register_error_handler(Exception, _unexpected)
