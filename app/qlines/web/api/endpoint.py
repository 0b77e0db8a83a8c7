"""The decorator that makes a function an endpoint of the API and of its OpenAPI document."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, TypeVar

import orjson
from flask import Request, Response, request
from flask_smorest import Blueprint
from marshmallow import RAISE, Schema, missing
from webargs.flaskparser import FlaskParser, abort
from webargs.multidictproxy import MultiDictProxy
from werkzeug.exceptions import UnsupportedMediaType

from qlines.errors import FieldError
from qlines.value_rules import shown, text_problem
from qlines.web.problem import PROBLEM_TYPE

View = TypeVar("View", bound=Callable[..., Any])

CSV_DOCUMENT = {"type": "string", "format": "binary"}  # for endpoints of the type text/csv
JSON_WANTED = "the body must be JSON with the header 'Content-Type: application/json'"


class StrictParser(FlaskParser):
    """Refuses unknown fields instead of ignoring them."""

    DEFAULT_UNKNOWN_BY_LOCATION = {"query": RAISE, "json": RAISE}  # noqa: RUF012 - webargs' name

    def load_json(self, req: Request, schema: Schema) -> Any:
        """Return the body; raise UnsupportedMediaType for another content type than JSON."""
        if not req.get_data(cache=True):
            return missing
        document = _json_in(req)
        check_whole_numbers()
        return document

    def load_querystring(self, req: Request, schema: Schema) -> Any:
        """Return the parameters; one without a value, as in ``?search=``, is ignored."""
        parameters = req.args.copy()
        for name in [name for name in parameters if parameters[name] == ""]:
            parameters.poplist(name)
        return MultiDictProxy(parameters, schema)


def _json_in(req: Request) -> Any:
    if not req.is_json:
        raise UnsupportedMediaType(JSON_WANTED)
    try:
        return orjson.loads(req.get_data(cache=True))
    except orjson.JSONDecodeError as error:
        abort(400, messages={"json": {"_schema": [f"must be JSON: {error}"]}})


def check_whole_numbers() -> None:
    """Raise FieldError when a whole number of the current request's body would lose digits."""
    if problem := text_problem(request.get_data(cache=True)):
        raise FieldError("body", f"was refused: {problem}")


def object_in_body(example: str) -> dict[str, Any]:
    """Return the JSON object of the current request's body, whose keys no schema knows.

    Raise FieldError when it is not an object, or empty, UnsupportedMediaType as load_json() does.
    """
    document = _json_in(request) if request.get_data(cache=True) else None
    if type(document) is not dict or not document:
        raise FieldError("body", f"must be an object such as {example}, got {shown(document)}")
    return document


class ApiBlueprint(Blueprint):  # type: ignore[misc] # flask-smorest ships no types
    """A part of the API."""

    ARGUMENTS_PARSER = StrictParser()


def endpoint(
    blueprint: ApiBlueprint,
    method: str,
    path: str,
    *,
    returns: Schema | dict[str, Any] | None = None,
    status: int = 200,
    query: type[Schema] | None = None,
    body: type[Schema] | None = None,
    body_required: bool = True,
    body_document: dict[str, Any] | None = None,
    body_type: str = "application/json",
    errors: tuple[int, ...] = (),
    refused: dict[str, Any] | None = None,
    content_type: str = "application/json",
    has_tag: bool = False,
) -> Callable[[View], View]:
    """Make the function answer *method* at *path*.

    It gets the fields of the query as a dictionary, then those of the body, then the parts of the
    path, and returns a Response (see answer()). *returns* documents the body of *content_type*,
    *body_document* that of a request, of *body_type*, that the function reads by itself, *errors*
    the status codes; those that any request can get, or any with a body, come by themselves.
    *refused* is what it answers with 400 as JSON, beside the problems of a body. *has_tag*: the
    answer has an ``ETag`` unless that is deleted, and a change heeds ``If-Match`` (entity_tag.py).
    """
    with_body = WITH_BODY if body or body_document else ()
    codes = {*EVERYWHERE, *errors, *with_body, *((422,) if query else ())}
    is_conditional = has_tag and method in ("PUT", "PATCH", "DELETE")
    codes |= {412} if is_conditional else set()

    def decorate(view: View) -> View:
        headers = ETAG if has_tag and method != "DELETE" else None
        respond = blueprint.response(status, returns, content_type=content_type, headers=headers)
        decorated: Any = respond(view)
        if refused:
            codes.discard(HTTPStatus.BAD_REQUEST)
            decorated = blueprint.doc(responses={"400": _refusals(refused)})(decorated)
        for code in sorted(codes):
            decorated = blueprint.alt_response(code, _ERROR_NAMES[code])(decorated)
        decorated = blueprint.doc(**_request(body_document, body_type, is_conditional))(decorated)
        # The last decorator runs first, so its argument comes first.
        if body:
            decorated = blueprint.arguments(body, required=body_required)(decorated)
        if query:
            decorated = blueprint.arguments(query, location="query")(decorated)
        result: View = blueprint.route(path, methods=[method])(decorated)
        return result

    return decorate


def _request(
    body_document: dict[str, Any] | None, body_type: str, is_conditional: bool
) -> dict[str, Any]:
    """Return how the document describes what the function reads of a request by itself."""
    described: dict[str, Any] = {"parameters": [IF_MATCH]} if is_conditional else {}
    if body_document:
        content = {body_type: {"schema": body_document}}
        described["requestBody"] = {"required": True, "content": content}
    return described


def _refusals(refused: dict[str, Any]) -> dict[str, Any]:
    content = {
        "application/json": {"schema": refused},
        PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}},
    }
    return {"description": HTTPStatus.BAD_REQUEST.phrase, "content": content}


_ERROR_NAMES = {
    400: "BAD_REQUEST",
    401: "UNAUTHORIZED",
    403: "FORBIDDEN",
    404: "NOT_FOUND",
    406: "NOT_ACCEPTABLE",
    408: "REQUEST_TIMEOUT",
    409: "CONFLICT",
    412: "PRECONDITION_FAILED",
    413: HTTPStatus.REQUEST_ENTITY_TOO_LARGE.name,  # renamed in Python 3.13, as the next but one
    415: "UNSUPPORTED_MEDIA_TYPE",
    422: HTTPStatus.UNPROCESSABLE_ENTITY.name,
    429: "TOO_MANY_REQUESTS",
    503: "SERVICE_UNAVAILABLE",
    504: "GATEWAY_TIMEOUT",
}
EVERYWHERE = (401, 503)  # nobody is signed in, a store is away
WITH_BODY = (400, 413, 415, 422)  # no JSON, too much of it, not called JSON, not as described
ETAG = {"ETag": {"description": "The version that this is.", "schema": {"type": "string"}}}
IF_MATCH = {
    "in": "header",
    "name": "If-Match",
    "schema": {"type": "string"},
    "description": "The ETag of the version that you have seen. When it was changed since, the"
    " answer is 412 and nothing is changed. Without this header it is changed as it is.",
}


def answer(data: Any, status: int = 200, *, headers: Mapping[str, str] | None = None) -> Response:
    """Return *data* as JSON; orjson takes a fraction of a millisecond for 200 devices."""
    response = Response(orjson.dumps(data), status, mimetype="application/json")
    response.headers.update(headers or {})
    return response


def no_content() -> Response:
    """Return a response without a body."""
    return Response(status=204)
