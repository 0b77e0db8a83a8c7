"""Which requests of devices there are, after ThingsBoard's HTTP device API: pure."""

from typing import Any, NamedTuple

PREFIX = "/api/v1/"
SUPPORTED = (
    "POST /api/v1/{token}/telemetry, POST /api/v1/{token}/attributes, "
    "GET /api/v1/{token}/attributes?clientKeys=a,b"
)

# The MQTT topic that means the same: behind the spool nobody need know which way a message came.
TOPICS = {
    "telemetry": "v1/devices/me/telemetry",
    "attributes": "v1/devices/me/attributes",
}
METHODS = {"telemetry": ("POST",), "attributes": ("GET", "POST")}


class DevicePath(NamedTuple):
    """What a path names: a token, and what of its device (telemetry, attributes, or else)."""

    token: str
    what: str


def parse(path: str) -> DevicePath:
    """Return what the path names; *path* begins with PREFIX and is as WSGI gives it."""
    raw = path.removeprefix(PREFIX).encode("latin-1", "replace")  # WSGI's way to pass bytes
    token, _, what = raw.decode("utf-8", "replace").partition("/")
    return DevicePath(token, what.rstrip("/"))


def chosen(attributes: dict[str, tuple[int, Any]], query: dict[str, list[str]]) -> dict[str, Any]:
    """Return the answer to a device that asks for attributes.

    ThingsBoard leaves out a scope that is empty. There are no shared attributes yet, so asking
    for none but shared keys yields nothing; asking for nothing in particular yields all.
    """
    client_keys = query.get("clientKeys")
    if client_keys is None and "sharedKeys" in query:
        return {}
    wanted = None if client_keys is None else set(client_keys[0].split(","))
    client = {
        key: value for key, (_, value) in attributes.items() if wanted is None or key in wanted
    }
    return {"client": client} if client else {}


_TOKEN = {"name": "token", "in": "path", "required": True, "schema": {"type": "string"}}
_ERRORS = {
    "400": {"description": "The body is not JSON"},
    "401": {"description": "No device has this token"},
    "413": {"description": "The body has more than 65,536 bytes"},
    "503": {"description": "The message was not stored: send it again, see Retry-After"},
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
            "summary": "Read the client attributes",
            "security": [],
            "parameters": [
                _TOKEN,
                {"name": "clientKeys", "in": "query", "schema": {"type": "string"}},
                {"name": "sharedKeys", "in": "query", "schema": {"type": "string"}},
            ],
            "responses": {
                "200": {"description": 'As in {"client": {"key": value}}'},
                "401": _ERRORS["401"],
                "503": _ERRORS["503"],
            },
        },
    },
}
