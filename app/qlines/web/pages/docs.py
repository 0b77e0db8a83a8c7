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
            parameters = [*shared, *operation.get("parameters", [])]
            group.append(
                {**operation, "path": path, "method": method.upper(), "parameters": parameters}
            )
    return groups


def resolved(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Return the schema that a reference names, or the schema itself."""
    name = schema.get("$ref", "").rpartition("/")[2]
    found: dict[str, Any] = document["components"]["schemas"].get(name, schema)
    return found


@blueprint.get("/api/docs")
@public
def api_docs() -> str:
    """Show every path of the API."""
    document = document_of(current_app._get_current_object())  # type: ignore[attr-defined] # a proxy's own method
    return render_template(
        "api_docs.html",
        info=document["info"],
        groups=operations_by_tag(document),
        resolved=lambda schema: resolved(document, schema),
    )
