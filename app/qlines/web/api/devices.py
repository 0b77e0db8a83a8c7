"""/api/devices: the owner's registry."""

from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from qlines.clock import utc_datetime
from qlines.errors import FieldError
from qlines.store import devices, rejected
from qlines.web.api.device_json import (
    DeviceChangeSchema,
    DevicePageSchema,
    DeviceSchema,
    NewDeviceSchema,
    NewTokenSchema,
    device_json,
)
from qlines.web.api.endpoint import ApiBlueprint, answer, endpoint, no_content
from qlines.web.api.fields import one_of, whole_number
from qlines.web.auth.identity import me
from qlines.web.deps import deps

blueprint = ApiBlueprint("devices", __name__, description="Your devices")


class DeviceListSchema(Schema):
    """Which page of the devices."""

    page = whole_number(1, 1_000_000, load_default=1)
    per_page = whole_number(1, 200, load_default=50)
    order = one_of("asc", "desc", load_default="asc")
    search = fields.String(load_default="", validate=validate.Length(max=200))


class RejectedSchema(Schema):
    """A message that could not be stored, or not all of it."""

    ts = fields.Integer()
    reason = fields.String()
    topic = fields.String()
    payload = fields.String()


@endpoint(blueprint, "GET", "/devices", query=DeviceListSchema, returns=DevicePageSchema())
def list_devices(query: dict[str, Any]) -> Response:
    """List devices by name."""
    found, total = devices.list_page(
        deps().db,
        me().user_id,
        page=query["page"],
        per_page=query["per_page"],
        descending=query["order"] == "desc",
        search=query["search"],
    )
    items = [device_json(device) for device in found]
    return answer(
        {"items": items, "total": total, "page": query["page"], "per_page": query["per_page"]}
    )


@endpoint(
    blueprint, "POST", "/devices", body=NewDeviceSchema, status=201, returns=DeviceSchema(),
    errors=(409,),
)  # fmt: skip
def add_device(body: dict[str, Any]) -> Response:
    """Add a device; the answer holds the token it signs in with."""
    device = devices.add(
        deps().db, me().user_id, body["name"], tags=body["tags"], gateway=body["gateway"]
    )
    made = device_json(device)
    return answer(made, 201, Location=f"/api/devices/{made['id']}")


@endpoint(blueprint, "GET", "/devices/<device_id>", returns=DeviceSchema(), errors=(404,))
def show_device(device_id: str) -> Response:
    """Show one device."""
    return answer(device_json(devices.find(deps().db, device_id, owner=me().user_id)))


@endpoint(
    blueprint, "PATCH", "/devices/<device_id>", body=DeviceChangeSchema, returns=DeviceSchema(),
    errors=(404, 409),
)  # fmt: skip
def change_device(body: dict[str, Any], device_id: str) -> Response:
    """Change the name, the tags, or whether it is a gateway."""
    if not body:
        raise FieldError("body", "must contain at least one of name, tags and gateway, got none")
    return answer(device_json(devices.patch(deps().db, device_id, owner=me().user_id, **body)))


@endpoint(blueprint, "DELETE", "/devices/<device_id>", status=204, errors=(404,))
def remove_device(device_id: str) -> Response:
    """Remove a device: it is refused at once, and nobody sees its readings any more."""
    devices.remove(deps().db, device_id, owner=me().user_id)
    return no_content()


@endpoint(
    blueprint, "POST", "/devices/<device_id>/token", body=NewTokenSchema, body_required=False,
    returns=DeviceSchema(), errors=(404,),
)  # fmt: skip
def new_token(body: dict[str, Any], device_id: str) -> Response:
    """Give a device a new token; the old one dies at once, or after a while."""
    device = devices.new_token(
        deps().db,
        device_id,
        owner=me().user_id,
        keep_old_seconds=body["keep_old_seconds"],
        now=utc_datetime(deps().clock.now_us()),
    )
    return answer(device_json(device))


@endpoint(
    blueprint, "GET", "/devices/<device_id>/rejected", returns=RejectedSchema(many=True),
    errors=(404,),
)  # fmt: skip
def list_rejected(device_id: str) -> Response:
    """List the last ten messages of the device that could not be stored, newest first."""
    device = devices.find(deps().db, device_id, owner=me().user_id)
    return answer(rejected.of_device(deps().db, str(device["_id"])))
