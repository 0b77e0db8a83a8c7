"""/api/claims: take over a device that offers itself, and give it back."""

from typing import Any

from flask import Response
from marshmallow import Schema, fields, validate

from qlines.clock import utc_datetime
from qlines.store import claims, devices
from qlines.store.claim_rules import MAX_SECRET_CHARACTERS
from qlines.web.api.device_json import DeviceSchema, device_json
from qlines.web.api.endpoint import ApiBlueprint, answer, endpoint, no_content
from qlines.web.auth.identity import me
from qlines.web.claims import claimed_or_raise, give_back_device
from qlines.web.deps import deps
from qlines.web.times import ms_of

blueprint = ApiBlueprint(
    "claims", __name__, description="Devices that change their owner, by their name and a secret"
)


class NewClaimSchema(Schema):
    """The name of a device, and the secret that it has published."""

    name = fields.String(required=True)
    secret = fields.String(load_default="", validate=validate.Length(max=MAX_SECRET_CHARACTERS))


class OfferSchema(Schema):
    """With this secret the device can be claimed, until then."""

    secret = fields.String()
    expires_at = fields.Integer()


class ClaimStateSchema(Schema):
    """Whether a device offers itself, null when not; and when it was claimed, null likewise."""

    offer = fields.Nested(OfferSchema, allow_none=True)
    claimed_at = fields.Integer(allow_none=True)


@endpoint(
    blueprint, "POST", "/claims", body=NewClaimSchema, returns=DeviceSchema(),
    errors=(404, 409, 429),
)  # fmt: skip
def claim_device(body: dict[str, Any]) -> Response:
    """Claim a device: it is yours from now on, with its readings, attributes and controls.

    A wrong secret ends the offer; ten tries a minute are allowed.
    """
    return answer(device_json(claimed_or_raise(body["name"], body["secret"])))


@endpoint(
    blueprint, "GET", "/devices/<device_id>/claim", returns=ClaimStateSchema(), errors=(404,)
)  # fmt: skip
def show_claim(device_id: str) -> Response:
    """Return whether somebody else can claim the device now, and when it was claimed."""
    device = devices.find(deps().db, device_id, owner=me().user_id)
    now = utc_datetime(deps().clock.now_us())
    former = device.get("claimed_from")
    offers = [] if former else claims.open_of(deps().db, [device["_id"]], now)
    body = {
        "offer": next(
            ({"secret": one["secret"], "expires_at": ms_of(one["expires_at"])} for one in offers),
            None,
        ),
        "claimed_at": ms_of(former["at"]) if former else None,
    }
    return answer(body)


@endpoint(
    blueprint, "DELETE", "/devices/<device_id>/claim", status=204, errors=(404, 409)
)  # fmt: skip
def give_back(device_id: str) -> Response:
    """Give a claimed device back to the one who had it before, with its readings."""
    give_back_device(devices.find(deps().db, device_id, owner=me().user_id))
    return no_content()
