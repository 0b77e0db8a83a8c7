"""The page /api/docs: the OpenAPI document for people, as plain HTML that needs no script."""

from typing import Any

from flask import Blueprint, current_app, render_template

from qlines.web.api.spec import document_of
from qlines.web.auth.marks import public

blueprint = Blueprint("docs", __name__)


def operations_by_tag(document: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    """Return the document's operations, each with its path and method, in groups."""
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, operations in document["paths"].items():
        shared = operations.get("parameters", [])
        for method, operation in operations.items():
            if method == "parameters":
                continue
            group = groups.setdefault(operation["tags"][0], [])
            shown = {
                "path": path,
                "method": method.upper(),
                "parameters": [*shared, *operation.get("parameters", [])],
                "responses": dict(sorted(operation["responses"].items())),
            }
            group.append({**operation, **shown})
    return groups


def resolved(document: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    """Return the part of the document that a reference names, or the part itself."""
    path, _, name = str(part.get("$ref", "")).rpartition("/")
    components = document["components"].get(path.rpartition("/")[2], {})
    found: dict[str, Any] = components.get(name, part)
    return found


def pieces(text: str) -> list[tuple[str, bool]]:
    """Return the text in pieces, each with whether it stood between backticks."""
    return [(piece, number % 2 == 1) for number, piece in enumerate(text.split("`"))]


@blueprint.get("/api/docs")
@public
def api_docs() -> str:
    """Show every path of the API."""
    document = document_of(current_app._get_current_object())  # type: ignore[attr-defined] # a proxy's own method
    return render_template(
        "api_docs.html",
        info=document["info"],
        groups=operations_by_tag(document),
        resolved=lambda part: resolved(document, part),
        pieces=pieces,
    )
