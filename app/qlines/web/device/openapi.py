"""The paths for devices in the OpenAPI document, which the middleware answers: pure."""

from collections.abc import Sequence
from typing import Any

from qlines.web.device.paths import DEFAULT_POLL_MS, MAX_POLL_MS

_TOKEN = {"name": "token", "in": "path", "required": True, "schema": {"type": "string"}}
_PROBLEM = {
    "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}},
}
_ERRORS = {
    status: {"description": description, "content": _PROBLEM}
    for status, description in (
        ("400", "What was sent is not as it must be"),
        ("401", "No device has this token"),
        ("403", "The device was removed while it waited"),
        ("408", "There was nothing in that time, without a body: ask again"),
        ("413", "The body has more than 65,536 bytes"),
        ("429", "The device, or its owner's devices together, sent too much"),
        ("503", "The message was not stored, or not answered: send it again, see Retry-After"),
    )
}
_OF_MESSAGES = ("400", "401", "413", "429", "503")
_OF_POLLS = ("400", "401", "403", "408", "429", "503")
_IN_SPOOL = {"description": "The message is in the spool; no body"}
_TIMEOUT = {
    "name": "timeout",
    "in": "query",
    "description": "How many milliseconds it waits at most; 0 is as without it",
    "schema": {"type": "integer", "minimum": 0, "default": DEFAULT_POLL_MS, "maximum": MAX_POLL_MS},
}
_PROVISION_REQUEST = {
    "deviceName": "Meter 4711",
    "provisionDeviceKey": "KEY OF THE PRODUCT",
    "provisionDeviceSecret": "SECRET OF THE PRODUCT",
}
_PROVISION_SCHEMA = {
    "type": "object",
    "required": ["provisionDeviceKey", "provisionDeviceSecret"],
    "properties": {
        **{name: {"type": "string"} for name in [*_PROVISION_REQUEST, "token"]},
        "gateway": {"type": "boolean"},
    },
}
_NUMBER = {"name": "number", "in": "path", "required": True, "schema": {"type": "integer"}}


def _errors(codes: Sequence[str]) -> dict[str, Any]:
    return {code: _ERRORS[code] for code in codes}


def _content(example: Any) -> dict[str, Any]:
    return {"application/json": {"schema": {}, "example": example}}


def _json(description: str, example: Any) -> dict[str, Any]:
    return {"description": description, "content": _content(example)}


def _post(
    summary: str,
    example: Any,
    *more: dict[str, Any],
    answered: dict[str, Any] = _IN_SPOOL,
    required: bool = True,
) -> dict[str, Any]:
    return {
        "tags": ["device"],
        "summary": summary,
        "security": [],
        "parameters": [_TOKEN, *more],
        "requestBody": {"required": required, "content": _content(example)},
        "responses": {"200": answered, **_errors(_OF_MESSAGES)},
    }


def _poll(summary: str, answered: dict[str, Any]) -> dict[str, Any]:
    return {
        "tags": ["device"],
        "summary": summary,
        "security": [],
        "parameters": [_TOKEN, _TIMEOUT],
        "responses": {"200": answered, **_errors(_OF_POLLS)},
    }


OPENAPI_PATHS: dict[str, dict[str, Any]] = {
    "/api/v1/{token}/telemetry": {
        "post": _post(
            'Send {"key": value}, {"ts": milliseconds, "values": {…}}, or an array of these',
            {"temperature": 21.5},
        )
    },
    "/api/v1/{token}/attributes": {
        "post": _post('Send client attributes: {"key": value}', {"firmware": "1.2"}),
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
                **_errors(("401", "429", "503")),
            },
        },
    },
    "/api/v1/{token}/attributes/updates": {
        "get": _poll(
            "Wait for the next change of the shared attributes; one at a time",
            _json('The keys that changed, or {"deleted": [key, …]}', {"interval": 60}),
        ),
    },
    "/api/v1/{token}/rpc": {
        "get": _poll(
            "Wait for the oldest command that waits; it is delivered then. One at a time",
            _json(
                "A command: answer it under its id",
                {"id": 17, "method": "openValve", "params": {"percent": 40}},
            ),
        ),
        "post": _post(
            "Call getTime, getCurrentTime or getSessionLimits, or what your webhook answers",
            {"method": "getTime", "params": {}},
            answered=_json('The answer, {"error": …} without one', 1_800_000_000_000),
        ),
    },
    "/api/v1/{token}/claim": {
        "post": _post(
            "Let the one who names the device and this secret become its owner, for a time",
            {"secretKey": "a secret", "durationMs": 86_400_000},
            required=False,
        ),
    },
    "/api/v1/{token}/rpc/{number}": {
        "post": _post("Answer a command", {"opened": True}, _NUMBER, required=False),
    },
    "/api/v1/provision": {
        "post": {
            "tags": ["device"],
            "summary": "Ask for a token with the key and the secret of a product",
            "description": (
                "`deviceName` is optional where the product adds devices: without it the device is"
                " given a name. `token` and `gateway` are optional, too."
            ),
            "security": [],
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {
                        "schema": _PROVISION_SCHEMA,
                        "example": _PROVISION_REQUEST,
                    }
                },
            },
            "responses": {
                "200": _json(
                    "The result is in `status`: SUCCESS, or FAILURE or NOT_FOUND with `errorMsg`",
                    {
                        "status": "SUCCESS",
                        "credentialsType": "ACCESS_TOKEN",
                        "credentialsValue": "h8F2kQp0bVx3LmZs91Ye",
                        "deviceName": "Meter 4711",
                    },
                ),
                **_errors(("400", "413", "429", "503")),
            },
        },
    },
}
