"""A device in the API: its schemas, and its JSON."""

from datetime import datetime
from typing import Any

from marshmallow import Schema, fields, validate

from qlines.store.device_document import DeviceDocument
from qlines.web.api.fields import TrueOrFalse, WholeNumber
from qlines.web.times import ms_of


class DisplaySchema(Schema):
    """How pages show a key: its label instead of the key, and its unit."""

    label = fields.String(load_default="")
    unit = fields.String(load_default="")


class DeviceSchema(Schema):
    """A registered device.

    `product` is the id of its product. `provisioned_at` is when it last asked for its token itself;
    until `provision_until` it may once more, and then has a new token. Each may be null.
    """

    id = fields.String()
    name = fields.String()
    tags = fields.List(fields.String())
    gateway = fields.Boolean()
    token = fields.String()
    created_at = fields.Integer()
    commands_in_order = fields.Boolean()
    displays = fields.Dict(keys=fields.String(), values=fields.Nested(DisplaySchema))
    product = fields.String(allow_none=True)
    provisioned_at = fields.Integer(allow_none=True)
    provision_until = fields.Integer(allow_none=True)


class DevicePageSchema(Schema):
    """A page of devices."""

    items = fields.List(fields.Nested(DeviceSchema))
    total = fields.Integer()
    page = fields.Integer()
    per_page = fields.Integer()


class NewDeviceSchema(Schema):
    """A new device; its name must be unique among the owner's devices."""

    name = fields.String(required=True)
    tags = fields.List(fields.String(), load_default=list)
    gateway = TrueOrFalse(load_default=False)


class DeviceChangeSchema(Schema):
    """The fields of a device to change; the others stay.

    `displays` replaces all of them: a key that it does not name has neither label nor unit. With
    `commands_in_order` a command that is made from then on waits until the one before has ended.
    `product` is the id of one of your products, or null for none.
    """

    name = fields.String()
    tags = fields.List(fields.String())
    gateway = TrueOrFalse()
    commands_in_order = TrueOrFalse()
    displays = fields.Dict(keys=fields.String(), values=fields.Nested(DisplaySchema))
    product = fields.String(allow_none=True)


class NewTokenSchema(Schema):
    """How long the old token stays valid; 0 ends it at once."""

    keep_old_seconds = WholeNumber(
        load_default=0,
        validate=validate.Range(
            0, 86_400, error="must be a whole number from 0 to 86400, got {input}"
        ),
        error_messages={"invalid": "must be a whole number from 0 to 86400"},
    )


class AllowProvisioningSchema(Schema):
    """For how long the device may provision again; 0 ends it."""

    seconds = WholeNumber(
        required=True,
        validate=validate.Range(
            0, 604_800, error="must be a whole number from 0 to 604800, got {input}"
        ),
        error_messages={"invalid": "must be a whole number from 0 to 604800"},
    )


def device_json(device: DeviceDocument) -> dict[str, Any]:
    """Return the device as DeviceSchema describes it."""
    return {
        "id": str(device["_id"]),
        "name": device["name"],
        "tags": device["tags"],
        "gateway": device["gateway"],
        "token": device["token"],
        "created_at": ms_of(device["created_at"]),
        "commands_in_order": device.get("commands_in_order", False),
        "displays": {
            one["key"]: {"label": one["label"], "unit": one["unit"]}
            for one in device.get("displays", [])
        },
        "product": str(product) if (product := device.get("product")) else None,
        "provisioned_at": _ms_of(device.get("provisioned_at")),
        "provision_until": _ms_of(device.get("provision_until")),
    }


def _ms_of(moment: datetime | None) -> int | None:
    return None if moment is None else ms_of(moment)
