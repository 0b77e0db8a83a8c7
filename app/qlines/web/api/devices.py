"""/api/devices: the devices of the user."""

from datetime import timedelta
from typing import Any

from flask import Response
from marshmallow import Schema, fields

from qlines.clock import utc_datetime
from qlines.errors import FieldError
from qlines.store import devices, gateway_notices, presence, products, rejected
from qlines.store.device_document import DeviceDocument, changed, named
from qlines.store.devices import PageRequest
from qlines.store.presence import Presence
from qlines.store.rejected import Rejected
from qlines.web.api.device_json import (
    AllowProvisioningSchema,
    DeviceChangeSchema,
    DevicePageSchema,
    DeviceSchema,
    NewDeviceSchema,
    NewTokenSchema,
    device_json,
)
from qlines.web.api.endpoint import ApiBlueprint, answer, endpoint, no_content
from qlines.web.api.fields import one_of, search_text, whole_number
from qlines.web.audit import author, noted
from qlines.web.auth.identity import me
from qlines.web.deps import deps
from qlines.web.presence_words import meaning_of
from qlines.web.registry_wait import await_removal, await_token
from qlines.web.rejection_remedies import remedy_of
from qlines.web.times import ms_of_us

blueprint = ApiBlueprint("devices", __name__, description="Your devices")


class DeviceListSchema(Schema):
    """Which page of the devices."""

    page = whole_number(1, 1_000_000, load_default=1)
    per_page = whole_number(1, 200, load_default=50)
    order = one_of("asc", "desc", load_default="asc")
    search = search_text()


class RejectedSchema(Schema):
    """A rejected message: nothing, or not every key, was stored; `remedy` is what to do."""

    ts = fields.Integer()
    reason = fields.String()
    remedy = fields.String()
    topic = fields.String()
    payload = fields.String()


class PresenceChangeSchema(Schema):
    """The device connected from `address`, or disconnected because of `reason`."""

    connected = fields.Boolean()
    ts = fields.Integer()
    reason = fields.String()
    address = fields.String()


class PresenceSchema(Schema):
    """Whether the device is connected by MQTT, and since when; null when it never was.

    `reason` says why it is not connected, `meaning` explains that in a sentence, `address` says
    where it connected from, `changes` are the last ten, newest first.
    """

    connected = fields.Boolean()
    since = fields.Integer(allow_none=True)
    reason = fields.String()
    meaning = fields.String()
    address = fields.String()
    changes = fields.List(fields.Nested(PresenceChangeSchema))


@endpoint(blueprint, "GET", "/devices", query=DeviceListSchema, returns=DevicePageSchema())
def list_devices(query: dict[str, Any]) -> Response:
    """List devices by name."""
    request, owner = page_request(query), me().user_id
    page = devices.list_page(deps().db, owner, request)
    body = {
        "items": [device_json(device) for device in page],
        "total": devices.count(deps().db, owner, request.search),
        "page": request.page,
        "per_page": request.per_page,
    }
    return answer(body)


@endpoint(
    blueprint, "POST", "/devices", body=NewDeviceSchema, status=201, returns=DeviceSchema(),
    errors=(409,),
)  # fmt: skip
def add_device(body: dict[str, Any]) -> Response:
    """Add a device; the response contains the token that it connects with."""
    device = devices.add(
        deps().db, me().user_id, body["name"], tags=body["tags"], gateway=body["gateway"]
    )
    await_token(device["token"])
    noted(f"added {named(device)}")
    return answer(device_json(device), 201, headers=location_of(device))


@endpoint(blueprint, "GET", "/devices/<device_id>", returns=DeviceSchema(), errors=(404,))
def show_device(device_id: str) -> Response:
    """Return one device."""
    return answer(device_json(devices.find(deps().db, device_id, owner=me().user_id)))


@endpoint(
    blueprint, "PATCH", "/devices/<device_id>", body=DeviceChangeSchema, returns=DeviceSchema(),
    errors=(404, 409),
)  # fmt: skip
def change_device(body: dict[str, Any], device_id: str) -> Response:
    """Change the name, the tags, its keys' labels and units, and how it is dealt with.

    That is: whether it is a gateway, whether its commands wait for each other, and its product.
    """
    if not body:
        raise FieldError(
            "body",
            "must contain at least one of name, tags, gateway, displays, commands_in_order and "
            "product, got none",
        )
    change = body
    if body.get("product") is not None:
        product = products.find(deps().db, body["product"], owner=me().user_id)
        change = change | {"product": product["_id"]}
    if "displays" in body:
        displays = {key: (one["label"], one["unit"]) for key, one in body["displays"].items()}
        change = change | {"displays": displays}
    before = devices.find(deps().db, device_id, owner=me().user_id)
    device = devices.patch(deps().db, device_id, owner=me().user_id, **change)
    gateway_notices.note_renamed(deps().db, before, device, author())
    noted(changed(before, device, body))
    return answer(device_json(device))


@endpoint(blueprint, "DELETE", "/devices/<device_id>", status=204, errors=(404,))
def remove_device(device_id: str) -> Response:
    """Remove a device: its token is refused at once, and its readings are hidden."""
    device = devices.find(deps().db, device_id, owner=me().user_id)
    by = author()
    with gateway_notices.removing(deps().db, [device_id], by):
        devices.remove(deps().db, device_id, by.now, owner=me().user_id)
    await_removal(str(device["_id"]))
    noted(f"removed {named(device)}")
    return no_content()


@endpoint(
    blueprint, "POST", "/devices/<device_id>/token", body=NewTokenSchema, body_required=False,
    returns=DeviceSchema(), errors=(404,),
)  # fmt: skip
def new_token(body: dict[str, Any], device_id: str) -> Response:
    """Give a device a new token; the old one expires at once, or after `keep_old_seconds`."""
    device = devices.new_token(
        deps().db,
        device_id,
        owner=me().user_id,
        keep_old_seconds=body["keep_old_seconds"],
        now=utc_datetime(deps().clock.now_us()),
    )
    await_token(device["token"])
    noted(f"gave a new token to {named(device)}")
    return answer(device_json(device))


@endpoint(
    blueprint, "POST", "/devices/<device_id>/provisioning", body=AllowProvisioningSchema,
    returns=DeviceSchema(), errors=(404, 409),
)  # fmt: skip
def allow_provisioning(body: dict[str, Any], device_id: str) -> Response:
    """Let a device provision once more with its product's key, for so many seconds; 0 ends it.

    It then has a new token, and the old one is refused at once.
    """
    seconds = body["seconds"]
    until = utc_datetime(deps().clock.now_us()) + timedelta(seconds=seconds) if seconds else None
    device = devices.allow_provisioning(deps().db, device_id, until, owner=me().user_id)
    noted(f"{'let' if until else 'no longer let'} {named(device)} provision again")
    return answer(device_json(device))


@endpoint(
    blueprint, "GET", "/devices/<device_id>/rejected", returns=RejectedSchema(many=True),
    errors=(404,),
)  # fmt: skip
def list_rejected(device_id: str) -> Response:
    """List the last ten rejected messages of the device, newest first."""
    device = devices.find(deps().db, device_id, owner=me().user_id)
    messages = rejected.of_device(deps().db, str(device["_id"]))
    return answer([_rejected_json(message) for message in messages])


@endpoint(
    blueprint, "GET", "/devices/<device_id>/presence", returns=PresenceSchema(), errors=(404,)
)
def show_presence(device_id: str) -> Response:
    """Return whether the device is connected by MQTT, since when, and why not."""
    device = str(devices.find(deps().db, device_id, owner=me().user_id)["_id"])
    found = presence.of_devices(deps().db, [device], deps().side).get(device)
    return answer(_presence_json(found, presence.changes_of(deps().db, device)))


def page_request(query: dict[str, Any]) -> PageRequest:
    """Return the page that a query with the fields of DeviceListSchema asks for."""
    descending = query["order"] == "desc"
    return PageRequest(
        query["page"], query["per_page"], descending, query["search"], query.get("tag", "")
    )


def location_of(device: DeviceDocument) -> dict[str, str]:
    """Return the header with the address of a device that was added."""
    return {"Location": f"/api/devices/{device['_id']}"}


def _presence_json(found: Presence | None, changes: list[Presence]) -> dict[str, Any]:
    return {
        "connected": found is not None and found.connected,
        "since": ms_of_us(found.changed_us) if found else None,
        "reason": found.reason if found else "",
        "meaning": meaning_of(found.reason) if found else "",
        "address": found.address if found else "",
        "changes": [
            {
                "connected": change.connected,
                "ts": ms_of_us(change.changed_us),
                "reason": change.reason,
                "address": change.address,
            }
            for change in changes
        ],
    }


def _rejected_json(message: Rejected) -> dict[str, Any]:
    return {
        "ts": message.ts_ms,
        "reason": message.reason,
        "remedy": remedy_of(message.reason),
        "topic": message.topic,
        "payload": message.payload,
    }
