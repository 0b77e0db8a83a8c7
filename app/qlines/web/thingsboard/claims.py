"""ThingsBoard's paths for claiming, so that its scripts and apps change only host and key.

Answers are ThingsBoard's: 200 with the device and SUCCESS, 400 with the text FAILURE or CLAIMED;
FAILURE also for a name that no device has, where ThingsBoard says 404 and so tells which exist.
"""

from http import HTTPStatus

from flask import Response
from marshmallow import Schema, fields, validate

from qlines.errors import ConflictError, NotFoundError
from qlines.store import devices
from qlines.store.claim_rules import MAX_SECRET_CHARACTERS
from qlines.store.claiming import Outcome
from qlines.store.device_document import DeviceDocument
from qlines.web.api.endpoint import ApiBlueprint, answer, endpoint
from qlines.web.auth.identity import me
from qlines.web.claims import claim_device, give_back_device
from qlines.web.deps import deps
from qlines.web.times import ms_of

blueprint = ApiBlueprint(
    "thingsboard_claims", __name__, description="The paths of ThingsBoard for claiming devices"
)

PATH = "/customer/device/<path:name>/claim"
RESULT_DOCUMENT = {
    "type": "object",
    "properties": {
        "device": {"type": "object"},
        "response": {"type": "string", "enum": [Outcome.SUCCESS.value]},
    },
}
REFUSED_DOCUMENT = {"type": "string", "enum": [Outcome.CLAIMED.value, Outcome.FAILURE.value]}


class ClaimRequestSchema(Schema):
    """The device's secret; without one it is empty."""

    secretKey = fields.String(  # noqa: N815 - ThingsBoard's name
        load_default="",
        allow_none=True,
        validate=validate.Length(max=MAX_SECRET_CHARACTERS),
    )


@endpoint(
    blueprint, "POST", PATH, body=ClaimRequestSchema, body_required=False,
    returns=RESULT_DOCUMENT, refused=REFUSED_DOCUMENT, errors=(429,),
)  # fmt: skip
def claim(body: dict[str, str | None], name: str) -> Response:
    """Claim a device by its name and its `secretKey`."""
    try:
        claimed = claim_device(name, body["secretKey"] or "")
    except ConflictError:  # one's own device, or several of this name with the same secret
        is_own = devices.named(deps().db, me().user_id, name) is not None
        return _refused(Outcome.CLAIMED if is_own else Outcome.FAILURE)
    if claimed.device is None:
        return _refused(claimed.outcome)
    return answer({"device": _device(claimed.device), "response": Outcome.SUCCESS})


@endpoint(blueprint, "DELETE", PATH, errors=(404, 409))
def give_back(name: str) -> Response:
    """Give a claimed device back to the one who had it before."""
    device = devices.named(deps().db, me().user_id, name)
    if device is None:
        raise NotFoundError(f"you have no device named {name[:128]!r}")
    give_back_device(device)
    return Response()


def _refused(outcome: Outcome) -> Response:
    return answer(outcome, HTTPStatus.BAD_REQUEST)


def _device(device: DeviceDocument) -> dict[str, object]:
    return {
        "id": {"entityType": "DEVICE", "id": str(device["_id"])},
        "createdTime": ms_of(device["created_at"]),
        "name": device["name"],
        "type": "default",
        "label": None,
        "additionalInfo": {"gateway": device["gateway"]},
    }
