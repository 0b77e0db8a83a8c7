"""/api/devices/{id}/attributes: what a device reports, and what its owner sets."""

from collections.abc import Mapping
from typing import Any

from flask import Response
from marshmallow import Schema, fields

from qlines.store import attributes, devices, owner_attributes
from qlines.store.attribute_rules import OwnerAttribute
from qlines.store.attributes import Attribute
from qlines.store.desired_state import Difference, differences
from qlines.web.api.endpoint import ApiBlueprint, answer, endpoint, object_in_body
from qlines.web.api.fields import Keys
from qlines.web.attribute_changes import delete_attributes, set_attributes
from qlines.web.auth.identity import me
from qlines.web.deps import deps

blueprint = ApiBlueprint("attributes", __name__, description="The attributes of your devices")

EXAMPLE = '{"interval": 60}'
ENTRY = {"ts": {"type": "integer"}, "value": {}}
VALUES_DOCUMENT = {"type": "object", "example": {"interval": 60}}


def by_key(properties: dict[str, Any]) -> dict[str, Any]:
    """Return how an object with such an entry for each key is described."""
    entry = {"type": "object", "properties": properties}
    return {"type": "object", "additionalProperties": entry}


ATTRIBUTES_DOCUMENT = {
    "type": "object",
    "properties": {
        "client": by_key(ENTRY | {"since": {"type": "integer"}}),
        "shared": by_key(ENTRY | {"by": {"type": "string"}}),
        "server": by_key(ENTRY | {"by": {"type": "string"}}),
        "differs": by_key({"desired": {}, "reported": {}, "since": {"type": "integer"}}),
    },
}


class ChangedSchema(Schema):
    """The keys whose values changed."""

    changed = fields.List(fields.String())


class DeletedSchema(Schema):
    """The keys that were deleted; one that the device did not have is not among them."""

    deleted = fields.List(fields.String())


class DeleteQuerySchema(Schema):
    """Which keys: separated by commas, or one for each `key`, which may have commas in it."""

    keys = Keys(load_default=list)
    key = fields.List(fields.String(), load_default=list)


@endpoint(
    blueprint, "GET", "/devices/<device_id>/attributes", returns=ATTRIBUTES_DOCUMENT,
    errors=(404,),
)  # fmt: skip
def list_attributes(device_id: str) -> Response:
    """Return the attributes of each scope, and where the device differs from what is wanted.

    `client` is what the device reports, at `ts` last and with this value since `since`; `shared`
    what its owner wants and the device is sent, `server` what the owner notes and the device never
    gets. `differs` has the keys of `shared` of which `client` has another value, or none (then
    `reported` is missing): `since` is the later of the two changes of a value.
    """
    db, device = deps().db, str(devices.find(deps().db, device_id, owner=me().user_id)["_id"])
    client = attributes.of_device(db, device)
    shared = owner_attributes.of_device(db, device, "shared")
    server = owner_attributes.of_device(db, device, "server")
    return answer(
        {
            "client": {key: _json_of_client(one) for key, one in client.items()},
            "shared": _json_of_owners(shared),
            "server": _json_of_owners(server),
            "differs": {
                key: _difference_json(one) for key, one in differences(shared, client).items()
            },
        }
    )


@endpoint(
    blueprint, "PATCH", "/devices/<device_id>/attributes/<scope>",
    body_document=VALUES_DOCUMENT, returns=ChangedSchema(), errors=(404,),
)  # fmt: skip
def change_attributes(device_id: str, scope: str) -> Response:
    """Set attributes of the scope `shared` or `server`, and leave the other keys as they are.

    At most 1,000 keys, and 262,144 bytes as JSON, for each scope of a device. A key that is set to
    the value it has does not change, and the device is not sent it.
    """
    return answer({"changed": set_attributes(device_id, scope, object_in_body(EXAMPLE))})


@endpoint(
    blueprint, "DELETE", "/devices/<device_id>/attributes/<scope>",
    query=DeleteQuerySchema, returns=DeletedSchema(), errors=(404,),
)  # fmt: skip
def remove_attributes(query: dict[str, Any], device_id: str, scope: str) -> Response:
    """Delete attributes of the scope `client`, `shared` or `server` by their keys."""
    deleted = delete_attributes(device_id, scope, [*query["keys"], *query["key"]])
    return answer({"deleted": deleted})


def _json_of_client(one: Attribute) -> dict[str, Any]:
    return {"ts": one.ts_ms, "value": one.value, "since": one.since_ms}


def _json_of_owners(found: Mapping[str, OwnerAttribute]) -> dict[str, Any]:
    return {key: {"ts": one.ts_ms, "value": one.value, "by": one.by} for key, one in found.items()}


def _difference_json(one: Difference) -> dict[str, Any]:
    reported = {} if one.reported is None else {"reported": one.reported}
    return {"desired": one.desired, **reported, "since": one.since_ms}
