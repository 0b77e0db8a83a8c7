"""The paths of the HTTP API for devices, which follows ThingsBoard's: pure."""

from typing import Any, NamedTuple

PREFIX = "/api/v1/"
SUPPORTED = (
    "POST /api/v1/{token}/telemetry, POST /api/v1/{token}/attributes, "
    "GET /api/v1/{token}/attributes?clientKeys=a,b&sharedKeys=c"
)

# The MQTT topic of each resource: ingest need not know by which protocol a message arrived.
TOPICS = {
    "telemetry": "v1/devices/me/telemetry",
    "attributes": "v1/devices/me/attributes",
}
METHODS = {"telemetry": ("POST",), "attributes": ("GET", "POST")}


class DevicePath(NamedTuple):
    """The parts of a path; *resource* is telemetry, attributes, or one that is not supported."""

    token: str
    resource: str


def parse(path: str) -> DevicePath:
    """Parse WSGI's PATH_INFO, which begins with PREFIX."""
    raw = path.removeprefix(PREFIX).encode("latin-1", "replace")  # PEP 3333: bytes as Latin-1
    token, _, resource = raw.decode("utf-8", "replace").partition("/")
    return DevicePath(token, resource.rstrip("/"))


_TOKEN = {"name": "token", "in": "path", "required": True, "schema": {"type": "string"}}
_PROBLEM = {
    "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}},
}
_ERRORS = {
    status: {"description": description, "content": _PROBLEM}
    for status, description in (
        ("400", "The body is not JSON"),
        ("401", "No device has this token"),
        ("413", "The body has more than 65,536 bytes"),
        ("429", "The device, or its owner's devices together, sent too much"),
        ("503", "The message was not stored: send it again, see Retry-After"),
    )
}
_EXAMPLE = {"content": {"application/json": {"schema": {}, "example": {"temperature": 21.5}}}}


def _post(summary: str) -> dict[str, Any]:
    return {
        "tags": ["device"],
        "summary": summary,
        "security": [],
        "parameters": [_TOKEN],
        "requestBody": {"required": True, **_EXAMPLE},
        "responses": {"200": {"description": "The message is in the spool; no body"}, **_ERRORS},
    }


OPENAPI_PATHS: dict[str, dict[str, Any]] = {
    "/api/v1/{token}/telemetry": {
        "post": _post(
            'Send values: {"key": value}, {"ts": milliseconds, "values": {…}}, or an array of these'
        )
    },
    "/api/v1/{token}/attributes": {
        "post": _post('Send client attributes: {"key": value}'),
        "get": {
            "tags": ["device"],
            "summary": "Read client and shared attributes: all, or those with these keys",
            "security": [],
            "parameters": [
                _TOKEN,
                {"name": "clientKeys", "in": "query", "schema": {"type": "string"}},
                {"name": "sharedKeys", "in": "query", "schema": {"type": "string"}},
            ],
            "responses": {
                "200": {
                    "description": 'As in {"client": {"key": value}, "shared": {"key": value}}',
                    "content": {"application/json": {"schema": {"type": "object"}}},
                },
                **{status: _ERRORS[status] for status in ("401", "429", "503")},
            },
        },
    },
}
