"""ThingsBoard's paths for attributes, so that its scripts change only host and key.

The id is that of our device. Answers are ThingsBoard's, errors are ours.
"""

from typing import Any

from flask import Response
from marshmallow import Schema

from qlines.errors import FieldError
from qlines.store import attributes, devices, owner_attributes
from qlines.store.attribute_rules import OwnerAttribute
from qlines.store.attributes import Attribute
from qlines.web.api.endpoint import ApiBlueprint, answer, endpoint, object_in_body
from qlines.web.api.fields import Keys
from qlines.web.attribute_changes import OWNERS, delete_attributes, set_attributes
from qlines.web.auth.identity import me
from qlines.web.deps import deps

blueprint = ApiBlueprint(
    "thingsboard", __name__, description="The paths of ThingsBoard that its scripts may use here"
)

BASE = "/plugins/telemetry"
DEVICE = f"{BASE}/DEVICE/<device_id>"
SCOPES = {"CLIENT_SCOPE": "client", "SHARED_SCOPE": "shared", "SERVER_SCOPE": "server"}
EXAMPLE = '{"interval": 60}'
VALUES_DOCUMENT = {"type": "object", "example": {"interval": 60}}
KEYS_DOCUMENT = {"type": "array", "items": {"type": "string"}}
ENTRIES_DOCUMENT = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {
            "lastUpdateTs": {"type": "integer"},
            "key": {"type": "string"},
            "value": {},
        },
    },
}


class KeysQuerySchema(Schema):
    """Which keys, separated by commas."""

    keys = Keys(load_default=list)


@endpoint(
    blueprint, "POST", f"{DEVICE}/<scope>", body_document=VALUES_DOCUMENT, errors=(404,)
)  # fmt: skip
def save_attributes(device_id: str, scope: str) -> Response:
    """Set attributes of `SHARED_SCOPE` or `SERVER_SCOPE`."""
    return _save(device_id, scope)


@endpoint(
    blueprint, "POST", f"{DEVICE}/attributes/<scope>", body_document=VALUES_DOCUMENT, errors=(404,)
)  # fmt: skip
def save_attributes_v2(device_id: str, scope: str) -> Response:
    """Set attributes of `SHARED_SCOPE` or `SERVER_SCOPE`."""
    return _save(device_id, scope)


@endpoint(
    blueprint, "POST", f"{BASE}/<device_id>/<scope>", body_document=VALUES_DOCUMENT, errors=(404,)
)  # fmt: skip
def save_device_attributes(device_id: str, scope: str) -> Response:
    """Set attributes of `SHARED_SCOPE` or `SERVER_SCOPE`."""
    return _save(device_id, scope)


@endpoint(blueprint, "DELETE", f"{DEVICE}/<scope>", query=KeysQuerySchema, errors=(404,))
def erase_attributes(query: dict[str, Any], device_id: str, scope: str) -> Response:
    """Delete attributes by their `keys`."""
    return _erase(query, device_id, scope)


@endpoint(blueprint, "DELETE", f"{BASE}/<device_id>/<scope>", query=KeysQuerySchema, errors=(404,))
def erase_device_attributes(query: dict[str, Any], device_id: str, scope: str) -> Response:
    """Delete attributes by their `keys`."""
    return _erase(query, device_id, scope)


@endpoint(
    blueprint, "GET", f"{DEVICE}/values/attributes", query=KeysQuerySchema,
    returns=ENTRIES_DOCUMENT, errors=(404,),
)  # fmt: skip
def list_values(query: dict[str, Any], device_id: str) -> Response:
    """Return the attributes of all scopes, or those with these `keys`."""
    found = [one for scope in SCOPES for one in _entries(device_id, scope, query["keys"])]
    return answer(found)


@endpoint(
    blueprint, "GET", f"{DEVICE}/values/attributes/<scope>", query=KeysQuerySchema,
    returns=ENTRIES_DOCUMENT, errors=(404,),
)  # fmt: skip
def list_values_of_scope(query: dict[str, Any], device_id: str, scope: str) -> Response:
    """Return the attributes of a scope, or those with these `keys`."""
    return answer(_entries(device_id, scope, query["keys"]))


@endpoint(
    blueprint, "GET", f"{DEVICE}/keys/attributes", returns=KEYS_DOCUMENT, errors=(404,)
)  # fmt: skip
def list_attribute_keys(device_id: str) -> Response:
    """Return the keys of the attributes of all scopes, each once."""
    keys = [one["key"] for scope in SCOPES for one in _entries(device_id, scope, [])]
    return answer(list(dict.fromkeys(keys)))


@endpoint(
    blueprint, "GET", f"{DEVICE}/keys/attributes/<scope>", returns=KEYS_DOCUMENT,
    errors=(404, 422),
)  # fmt: skip
def list_attribute_keys_of_scope(device_id: str, scope: str) -> Response:
    """Return the keys of the attributes of a scope."""
    return answer([one["key"] for one in _entries(device_id, scope, [])])


def _save(device_id: str, scope: str) -> Response:
    """Set what is not null, which ThingsBoard skips, and return 200 without a body as it does."""
    values = {k: value for k, value in object_in_body(EXAMPLE).items() if value is not None}
    set_attributes(device_id, _scope(scope), values)
    return Response()


def _erase(query: dict[str, Any], device_id: str, scope: str) -> Response:
    delete_attributes(device_id, _scope(scope), query["keys"])
    return Response()


def _scope(name: str) -> str:
    if name not in SCOPES:
        raise FieldError("scope", f"must be one of {', '.join(SCOPES)}, got {name[:50]!r}")
    return SCOPES[name]


def _entries(device_id: str, scope: str, keys: list[str]) -> list[dict[str, Any]]:
    """Return the attributes of a device of the person, as ThingsBoard lists them."""
    device = str(devices.find(deps().db, device_id, owner=me().user_id)["_id"])
    return [
        {"lastUpdateTs": one.ts_ms, "key": key, "value": one.value}
        for key, one in _stored(device, _scope(scope)).items()
        if not keys or key in keys
    ]


def _stored(device: str, scope: str) -> dict[str, OwnerAttribute] | dict[str, Attribute]:
    for known in OWNERS:
        if scope == known:
            return owner_attributes.of_device(deps().db, device, known)
    return attributes.of_device(deps().db, device)
