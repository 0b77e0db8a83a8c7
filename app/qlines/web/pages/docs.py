"""The page /api/docs: the OpenAPI document as plain HTML without scripts."""

from typing import Any

from flask import Blueprint, current_app, render_template

from qlines.web.api.spec import document_of
from qlines.web.auth.access import public

blueprint = Blueprint("docs", __name__)

COMMON = {
    "400": "the body is not JSON",
    "401": "nobody is signed in: send a key",
    "413": "the body has more than 1 MiB",
    "415": "the body lacks the header `Content-Type: application/json`",
    "422": "a field breaks its rule, which the answer says",
    "503": "a store does not answer: try again after the seconds in `Retry-After`",
}


def operations_by_tag(document: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the document's operations by tag, each with its path and method."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, operations in document["paths"].items():
        shared = operations.get("parameters", [])
        for method, operation in operations.items():
            if method == "parameters":
                continue
            group = groups.setdefault(operation["tags"][0], [])
            details = {
                "path": path,
                "method": method.upper(),
                "parameters": [*shared, *operation.get("parameters", [])],
                "responses": own_responses(operation),
            }
            group.append({**operation, **details})
    return groups


def own_responses(operation: dict[str, Any]) -> dict[str, Any]:
    """Return the responses by status, without the errors that the page explains once for all."""
    return {
        status: response
        for status, response in sorted(operation["responses"].items())
        if status not in COMMON or "content" in response
    }


def resolved(document: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """Return the component that *part* refers to, or *part* itself when it is not a reference."""
    path, _, name = str(part.get("$ref", "")).rpartition("/")
    components = document["components"].get(path.rpartition("/")[2], {})
    component: dict[str, Any] = components.get(name, part)
    return component


def pieces(text: str) -> list[tuple[str, bool]]:
    """Split the text at backticks; each piece comes with whether it is code."""
    return [(piece, number % 2 == 1) for number, piece in enumerate(text.split("`"))]


@blueprint.get("/api/docs")
@public
def api_docs() -> str:
    """Show every operation of the API."""
    document = document_of(current_app._get_current_object())  # type: ignore[attr-defined] # a proxy's own method
    return render_template(
        "api_docs.html",
        info=document["info"],
        groups=operations_by_tag(document),
        common=COMMON,
        resolved=lambda part: resolved(document, part),
        pieces=pieces,
    )
