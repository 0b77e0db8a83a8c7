"""/api/devices/{id}/first-message: how far a device is that is being set up."""

from datetime import timedelta
from typing import Any

from flask import Response, request
from marshmallow import Schema, fields

from qlines.clock import utc_datetime
from qlines.store import attributes, devices, presence, rejected, unregistered
from qlines.store.device_document import DeviceDocument
from qlines.web import overview
from qlines.web.api.data import ValueSchema, notice, values_json
from qlines.web.api.endpoint import ApiBlueprint, answer, endpoint
from qlines.web.auth.identity import me
from qlines.web.deps import Deps, deps
from qlines.web.first_message import TEST_KEY, Evidence, first_message
from qlines.web.overview import Row

blueprint = ApiBlueprint("first_message", __name__, description="The first message of a device")

RECENT = timedelta(minutes=10)  # an older unknown token did not cause what happens now
MAX_UNKNOWN_TOKENS = 200


class FirstMessageSchema(Schema):
    """What the server has seen of the device; `at` is null when that is nothing."""

    state = fields.String(
        metadata={
            "enum": [
                "received", "rejected", "attributes", "silent", "left", "wrong_token", "nothing",
            ]
        }
    )  # fmt: skip
    at = fields.Integer(allow_none=True)
    cause = fields.String()
    remedy = fields.String()
    payload = fields.String()
    values = fields.Dict(keys=fields.String(), values=fields.Nested(ValueSchema))


@endpoint(
    blueprint, "GET", "/devices/<device_id>/first-message", returns=FirstMessageSchema(),
    errors=(404,),
)  # fmt: skip
def show(device_id: str) -> Response:
    """Return whether the device has sent a value, and if not, the nearest cause that was seen.

    An unknown token is a cause when it is like the device's, or came from your own network. The
    value of the key `qlines_test` does not count: the page sends it, and not the device.
    """
    device = devices.find(deps().db, device_id, owner=me().user_id)
    [row], has_values = overview.rows_of(deps(), [device])
    message = first_message(_evidence(deps(), device, row, request.remote_addr or ""))
    body: dict[str, Any] = {
        "state": message.state,
        "at": message.at_ms,
        "cause": message.cause,
        "remedy": message.remedy,
        "payload": message.payload,
        "values": values_json(row),
    }
    return answer(body, headers=notice(has_values=has_values))


def _evidence(deps: Deps, device: DeviceDocument, row: Row, address: str) -> Evidence:
    device_id = str(device["_id"])
    since = max(device["created_at"], utc_datetime(deps.clock.now_us()) - RECENT)
    sent = attributes.of_device(deps.db, device_id).values()
    return Evidence(
        token=device["token"],
        newest_us=max(
            (value.ts_us for key, value in row.latest.items() if key != TEST_KEY), default=None
        ),
        rejected=rejected.of_device(deps.db, device_id),
        attributes_ms=max((attribute.ts_ms for attribute in sent), default=None),
        presence=presence.of_devices(deps.db, [device_id], deps.side).get(device_id),
        unknown_tokens=unregistered.seen_since(
            deps.db, since, unregistered.TOKEN_SOURCES, MAX_UNKNOWN_TOKENS
        ),
        address=address,
    )
