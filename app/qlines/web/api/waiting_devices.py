"""/api/waiting-devices: new devices of a product in quarantine, until their owner decides."""

from typing import Any

from flask import Response
from marshmallow import Schema, fields

from qlines.store import products, waiting_devices
from qlines.store.device_document import named_all
from qlines.store.waiting_devices import WaitingDevice
from qlines.web.api.device_json import DeviceSchema, device_json
from qlines.web.api.device_lists import CountSchema, DeviceIdsSchema
from qlines.web.api.endpoint import ApiBlueprint, answer, endpoint
from qlines.web.audit import noted
from qlines.web.auth.identity import me
from qlines.web.deps import deps
from qlines.web.registry_wait import await_token
from qlines.web.times import ms_of

blueprint = ApiBlueprint(
    "waiting_devices", __name__, description="New devices that wait for your approval"
)

SHOWN = 200  # of those that wait longest; as many can be approved at once


class WaitingProductSchema(Schema):
    """The product of a device that waits."""

    id = fields.String()
    name = fields.String()


class WaitingDeviceSchema(Schema):
    """A device that has asked for a token, when, and from which address.

    Its connections and requests are refused until it is approved.
    """

    id = fields.String()
    name = fields.String()
    product = fields.Nested(WaitingProductSchema)
    gateway = fields.Boolean()
    address = fields.String()
    since = fields.Integer()


class WaitingListSchema(Schema):
    """The 200 that wait longest, and how many wait in all."""

    items = fields.List(fields.Nested(WaitingDeviceSchema))
    total = fields.Integer()


@endpoint(blueprint, "GET", "/waiting-devices", returns=WaitingListSchema())
def list_waiting() -> Response:
    """List the devices that wait for your approval, those first that wait longest."""
    owner = me().user_id
    names = {product["_id"]: product["name"] for product in products.of_owner(deps().db, owner)}
    found = waiting_devices.of_owner(deps().db, owner, limit=SHOWN)
    items = [_json(waiting, names.get(waiting["product"], "")) for waiting in found]
    return answer({"items": items, "total": waiting_devices.count(deps().db, owner)})


@endpoint(
    blueprint, "POST", "/waiting-devices/approve", body=DeviceIdsSchema,
    returns=DeviceSchema(many=True), errors=(404, 409),
)  # fmt: skip
def approve(body: dict[str, Any]) -> Response:
    """Make devices of them, all or none: they may send with the tokens that they were given."""
    approved = waiting_devices.approve(deps().db, me().user_id, body["devices"])
    await_token(approved[-1]["token"])
    noted(f"approved {named_all(approved)}")
    return answer([device_json(device) for device in approved])


@endpoint(
    blueprint, "POST", "/waiting-devices/refuse", body=DeviceIdsSchema, returns=CountSchema(),
    errors=(404,),
)  # fmt: skip
def refuse(body: dict[str, Any]) -> Response:
    """Forget them, all or none, and their tokens. They can ask again while they have the key."""
    refused = waiting_devices.refuse(deps().db, me().user_id, body["devices"])
    noted(f"refused {named_all([waiting_devices.device_of(waiting) for waiting in refused])}")
    return answer({"count": len(refused)})


def _json(waiting: WaitingDevice, product: str) -> dict[str, Any]:
    return {
        "id": str(waiting["_id"]),
        "name": waiting["name"],
        "product": {"id": str(waiting["product"]), "name": product},
        "gateway": waiting["gateway"],
        "address": waiting["address"],
        "since": ms_of(waiting["provisioned_at"]),
    }
