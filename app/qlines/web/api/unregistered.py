"""/api/unregistered: devices that sent messages but are not registered; for admins."""

import secrets
from typing import Any

from bson import ObjectId
from flask import Response
from marshmallow import Schema, fields, validate

from qlines.clock import utc_datetime
from qlines.errors import FieldError, NotFoundError
from qlines.store import devices, unregistered, users
from qlines.store.device_document import named
from qlines.store.unregistered import UnregisteredDevice, UnregisteredDocument
from qlines.web.api.device_json import DeviceSchema, device_json
from qlines.web.api.devices import location_of
from qlines.web.api.endpoint import ApiBlueprint, answer, endpoint, no_content
from qlines.web.api.fields import WholeNumber, milliseconds
from qlines.web.audit import noted
from qlines.web.auth.access import admin_only
from qlines.web.auth.identity import me
from qlines.web.deps import deps
from qlines.web.registry_wait import await_token
from qlines.web.times import ms_of

blueprint = ApiBlueprint(
    "unregistered", __name__, description="Devices that are not registered; for admins"
)

GATEWAY_PREFIX = "gateway "  # its id follows
UNKNOWN = "there is no such unregistered device: load the list again"
MIN_SECRET_CHARACTERS = 8  # of a token that nobody guesses
MAX_NAME, MAX_SAMPLE, MAX_COUNT = 256, 1024, 2**31


def _text(most: int, least: int = 1) -> fields.String:
    return fields.String(required=True, validate=validate.Length(least, most))


class UnregisteredSchema(Schema):
    """A device that is not in the registry; for an unknown token the name is the token.

    The label names it without revealing a token.
    """

    name = fields.String()
    label = fields.String()
    source = fields.String()
    first_seen = fields.Integer()
    last_seen = fields.Integer()
    count = fields.Integer()
    sample = fields.String()


class DismissedSchema(Schema):
    """An entry that was dismissed, as the list returned it; the label is not needed."""

    name = _text(MAX_NAME)
    label = fields.String(validate=validate.Length(0, MAX_NAME))
    source = _text(MAX_NAME)
    first_seen = milliseconds(required=True)
    last_seen = milliseconds(required=True)
    count = WholeNumber(required=True, validate=validate.Range(1, MAX_COUNT))
    sample = _text(MAX_SAMPLE, 0)


class RegistrationSchema(Schema):
    """How to register it; the default owner is you, or the owner of its gateway.

    Without a name it keeps the one that its gateway sent, or gets a new one.
    """

    name = fields.String()
    owner = fields.String(metadata={"description": "the e-mail address of its owner"})


@endpoint(blueprint, "GET", "/unregistered", returns=UnregisteredSchema(many=True), errors=(403,))
@admin_only
def list_unregistered() -> Response:
    """List unregistered devices, the one seen last first."""
    return answer([_json(device) for device in unregistered.list_all(deps().db)])


@endpoint(
    blueprint, "POST", "/unregistered/<path:name>/register", body=RegistrationSchema,
    body_required=False, status=201, returns=DeviceSchema(), errors=(403, 404, 409),
)  # fmt: skip
@admin_only
def register(body: dict[str, Any], name: str) -> Response:
    """Register it: with the unknown token it used, or by its name for the gateway's owner."""
    sighting = unregistered.find(deps().db, name)
    if sighting is None:
        raise NotFoundError(UNKNOWN)
    # Registered with the unknown token it used, a device need not be reconfigured.
    token = sighting["name"] if sighting["source"] in unregistered.TOKEN_SOURCES else None
    owner = _owner(body.get("owner"), sighting["source"])
    device = devices.add(deps().db, owner, _name(body.get("name"), sighting), token=token)
    unregistered.remove(deps().db, name)
    await_token(device["token"])
    noted(f"registered {named(device)}, seen at {sighting['source']}")
    return answer(device_json(device), 201, headers=location_of(device))


@endpoint(blueprint, "DELETE", "/unregistered/<path:name>", status=204, errors=(403, 404))
@admin_only
def delete(name: str) -> Response:
    """Delete the entry; it is added again when the device sends again."""
    forgotten = unregistered.forget(deps().db, name, utc_datetime(deps().clock.now_us()))
    if not forgotten:
        raise NotFoundError(UNKNOWN)
    noted(f"dismissed {' and '.join(_named(one['source'], name) for one in forgotten)}")
    return no_content()


@endpoint(blueprint, "POST", "/unregistered", body=DismissedSchema, status=204, errors=(403,))
@admin_only
def put_back(body: dict[str, Any]) -> Response:
    """Put an entry back that was dismissed; sightings since then are added to it."""
    sighting = UnregisteredDevice(
        body["source"],
        body["name"],
        body["first_seen"] * 1000,
        body["last_seen"] * 1000,
        body["count"],
        body["sample"],
    )
    unregistered.note(deps().db, [sighting])
    noted(f"put back {_named(sighting.source, sighting.name)}")
    return no_content()


def _named(source: str, name: str) -> str:
    return f"the unregistered device {unregistered.label(source, name)!r}, seen by {source}"


def _name(wanted: str | None, sighting: UnregisteredDocument) -> str:
    """Return the name of the device to be; raise FieldError when it contains the token.

    A name is in lists, mails and exports without tokens, so a token must not get into it.
    """
    is_token = sighting["source"] in unregistered.TOKEN_SOURCES
    if wanted is None:
        return f"New device {secrets.token_hex(3)}" if is_token else sighting["name"]
    if is_token and _contains(wanted, sighting["name"]):
        raise FieldError("name", "must not contain the device's token, which stays secret")
    return wanted


def _contains(name: str, token: str) -> bool:
    """Return whether the name gives the token away; a short one is in many words by chance."""
    return name == token or (len(token) >= MIN_SECRET_CHARACTERS and token in name)


def _owner(email: str | None, source: str) -> ObjectId:
    if email is not None:
        try:
            return users.find_by_email(deps().db, email)["_id"]
        except NotFoundError as error:
            raise FieldError("owner", f"must be the e-mail address of a user: {error}") from None
    if source.startswith(GATEWAY_PREFIX):
        return devices.find(deps().db, source.removeprefix(GATEWAY_PREFIX))["owner"]
    return me().user_id


def _json(device: UnregisteredDocument) -> dict[str, Any]:
    return {
        "name": device["name"],
        "label": unregistered.label(device["source"], device["name"]),
        "source": device["source"],
        "first_seen": ms_of(device["first_seen"]),
        "last_seen": ms_of(device["last_seen"]),
        "count": device["count"],
        "sample": device["sample"],
    }
