"""/api/unregistered: devices that somebody named but nobody registered; for admins."""

from typing import Any

from bson import ObjectId
from flask import Response
from marshmallow import Schema, fields

from qlines.errors import FieldError, NotFoundError
from qlines.store import devices, unregistered, users
from qlines.web.api.device_json import DeviceSchema, device_json
from qlines.web.api.endpoint import ApiBlueprint, answer, endpoint, no_content
from qlines.web.auth.identity import me
from qlines.web.auth.marks import admin_only
from qlines.web.deps import deps
from qlines.web.times import ms_of

blueprint = ApiBlueprint("unregistered", __name__, description="Strangers; for admins")

# What came by these with an unknown token is registered with that very token, so that the device
# need not be touched. Every other source is a gateway that knows its devices by name.
BY_TOKEN = ("mqtt", "http")
GATEWAY = "gateway "


class UnregisteredSchema(Schema):
    """A device that is not in the registry; for an unknown token the name is the token."""

    name = fields.String()
    source = fields.String()
    first_seen = fields.Integer()
    last_seen = fields.Integer()
    count = fields.Integer()
    sample = fields.String()


class RegistrationSchema(Schema):
    """How to register it; the owner is you, or the gateway's owner."""

    name = fields.String()
    owner = fields.String(metadata={"description": "the address of the user who gets it"})


@endpoint(blueprint, "GET", "/unregistered", returns=UnregisteredSchema(many=True), errors=(403,))
@admin_only
def list_unregistered() -> Response:
    """List them, the one seen last first."""
    return answer([_json(record) for record in unregistered.list_all(deps().db)])


@endpoint(
    blueprint, "POST", "/unregistered/<path:name>/register", body=RegistrationSchema,
    body_required=False, status=201, returns=DeviceSchema(), errors=(403, 404, 409),
)  # fmt: skip
@admin_only
def register(body: dict[str, Any], name: str) -> Response:
    """Make it a device: with the token it came with, or under its name at the gateway's owner."""
    record = unregistered.find(deps().db, name)
    if record is None:
        raise NotFoundError(f"there is no unregistered device {name!r}")
    token = record["name"] if record["source"] in BY_TOKEN else None
    owner = _owner(body.get("owner"), record["source"])
    device = devices.add(deps().db, owner, body.get("name", record["name"]), token=token)
    unregistered.remove(deps().db, name)
    return answer(device_json(device), 201, Location=f"/api/devices/{device['_id']}")


@endpoint(blueprint, "DELETE", "/unregistered/<path:name>", status=204, errors=(403, 404))
@admin_only
def forget(name: str) -> Response:
    """Delete the record; it comes back when the device does."""
    if not unregistered.remove(deps().db, name):
        raise NotFoundError(f"there is no unregistered device {name!r}")
    return no_content()


def _owner(email: str | None, source: str) -> ObjectId:
    if email is not None:
        try:
            owner: ObjectId = users.find_by_email(deps().db, email)["_id"]
        except NotFoundError as error:
            raise FieldError("owner", f"must be the e-mail address of a user: {error}") from None
        return owner
    if source.startswith(GATEWAY):
        gateway = devices.find(deps().db, source.removeprefix(GATEWAY))
        of_gateway: ObjectId = gateway["owner"]
        return of_gateway
    return me().user_id


def _json(record: dict[str, Any]) -> dict[str, Any]:
    return {
        "name": record["name"],
        "source": record["source"],
        "first_seen": ms_of(record["first_seen"]),
        "last_seen": ms_of(record["last_seen"]),
        "count": record["count"],
        "sample": record["sample"],
    }
