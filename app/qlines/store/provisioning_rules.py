"""What a request for provisioning is answered with, and what happens; pure.

The fields, the statuses and the table of strategies are ThingsBoard's (DeviceProvisionServiceImpl):

====================== ============== ==================== =====================================
strategy               name is absent no device has it     a device has it
====================== ============== ==================== =====================================
disabled               NOT_FOUND      NOT_FOUND            NOT_FOUND
create_new_devices     SUCCESS, under SUCCESS              FAILURE
                       a random name
check_pre_provisioned  FAILURE        FAILURE              SUCCESS with its token, once; FAILURE
                                                           when it is not of the product
====================== ============== ==================== =====================================

Beyond ThingsBoard: limits, quarantine, and a device that its owner allowed to provision again: it
gets a new token and the old one is refused. A device that asks for the token that it has gets the
same answer once more, since the first one may have been lost: who knows the token learns nothing.
"""

import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, Literal, NamedTuple

import orjson

from qlines.errors import FieldError
from qlines.store.device_document import DeviceDocument
from qlines.store.device_rules import checked_name, checked_token
from qlines.store.products import ProductDocument
from qlines.value_rules import shown

ACCESS_TOKEN = "ACCESS_TOKEN"  # noqa: S105 - the name of a kind of credentials
EXAMPLE = '{"provisionDeviceKey": "k", "provisionDeviceSecret": "s"}'
RATE_WINDOW = timedelta(minutes=1)
NO_PRODUCT = (
    "no product has this provisionDeviceKey and provisionDeviceSecret: copy both from the page of "
    "the product, they may have been replaced"
)


class ProvisionRequest(NamedTuple):
    """A request of a device; *name* is None when it leaves the name to us, trimmed otherwise."""

    key: str
    secret: str
    name: str | None
    credentials_type: str
    token: str | None
    gateway: bool
    problem: str  # why the request can never succeed, "" when it may


class Facts(NamedTuple):
    """What is stored that a decision needs.

    *device* is the one of the owner with the requested name, *waits* whether one with that name
    waits for approval, *is_claimed* whether somebody has claimed one with that name from the owner.
    *token_is_taken*: another device has, or had, the requested token. *devices* counts those of the
    product that were added, claimed ones included, *devices_last_minute* those that were
    provisioned; both include the ones that wait.
    """

    product: ProductDocument
    device: DeviceDocument | None = None
    waits: bool = False
    is_claimed: bool = False
    is_provisioned: bool = False
    token_is_taken: bool = False
    devices: int = 0
    devices_last_minute: int = 0


class Step(Enum):
    """What happens when a request succeeds."""

    ADD = "a new device"
    WAIT = "a new device that waits for approval"
    HAND_OVER = "the device that its owner added gets the token that it has"
    RENEW = "the device gets a new token, the old one is refused"
    REPEAT = "nothing: the device asks for the token that it has"


class Refusal(NamedTuple):
    """Why a request fails; *reason* is a sentence for the developer of the device."""

    status: Literal["FAILURE", "NOT_FOUND"]
    reason: str


def object_in(payload: bytes) -> dict[str, Any]:
    """Return the JSON object that a device sent; raise FieldError when it is not one."""
    try:
        body: Any = orjson.loads(payload)
    except orjson.JSONDecodeError as error:
        reason = str(error) if payload else "it is empty"
        raise FieldError("body", f"must be a JSON object such as {EXAMPLE}: {reason}") from None
    if not isinstance(body, dict):
        raise FieldError("body", f"must be a JSON object such as {EXAMPLE}, got {shown(body)}")
    return body


def parsed(body: Mapping[str, Any]) -> ProvisionRequest:
    """Return the request in a JSON object; raise FieldError when it has no key or no secret."""
    key, secret = _required(body, "provisionDeviceKey"), _required(body, "provisionDeviceSecret")
    try:
        optional = _optional(body)
    except FieldError as error:
        return ProvisionRequest(key, secret, None, ACCESS_TOKEN, None, False, str(error))
    return ProvisionRequest(key, secret, *optional, "")


def _required(body: Mapping[str, Any], field: str) -> str:
    value = body.get(field)
    if not isinstance(value, str) or not value:
        raise FieldError(
            field, f"must be text: copy it from the product's page, got {_seen(value)}"
        )
    return value


def _optional(body: Mapping[str, Any]) -> tuple[str | None, str, str | None, bool]:
    """Return name, type of credentials, token and gateway; an empty text is as absent."""
    name = _text(body, "deviceName")
    token = _text(body, "token")
    gateway = body.get("gateway") or False
    if not isinstance(gateway, bool):
        raise FieldError("gateway", f"must be true or false, got {_seen(gateway)}")
    return (
        None if name is None else _device_name(name),
        _text(body, "credentialsType") or ACCESS_TOKEN,
        None if token is None else checked_token(token),
        gateway,
    )


def _text(body: Mapping[str, Any], field: str) -> str | None:
    value = body.get(field)
    if value is not None and not isinstance(value, str):
        raise FieldError(field, f"must be text, got {_seen(value)}")
    return value or None


def _device_name(name: str) -> str:
    try:
        return checked_name(name.strip())
    except FieldError as error:
        raise FieldError("deviceName", error.reason) from None


def _seen(value: Any) -> str:
    return "nothing" if value is None else repr(value)[:50]


def authorised(
    product: ProductDocument | None, request: ProvisionRequest
) -> ProductDocument | Refusal:
    """Return the product with the requested key if the secret is right, too."""
    if product is None or not _is_same_secret(product["secret"], request.secret):
        return Refusal("NOT_FOUND", NO_PRODUCT)
    return product


def _is_same_secret(stored: str, given: str) -> bool:
    # Takes a time that says nothing about where they differ.
    return hmac.compare_digest(stored.encode(), given.encode(errors="replace"))


def decide(request: ProvisionRequest, facts: Facts, now: datetime) -> Step | Refusal:
    """Return what happens with an authorised request, or why nothing does."""
    product, device = facts.product, facts.device
    if product["strategy"] == "disabled":
        return Refusal(
            "NOT_FOUND",
            f"the product {product['name']!r} provisions no devices: its owner chooses another "
            "strategy on its page",
        )
    if problem := request.problem or _rate_problem(facts):
        return _failed(problem)
    if device is not None and _may_again(product, device, now):
        step: Step | Refusal = Step.RENEW
    elif product["strategy"] == "check_pre_provisioned":
        return _pre_provisioned(request, facts)
    else:
        step = _created(request, facts)
    if isinstance(step, Step) and (problem := _credentials_problem(request, facts)):
        return _failed(problem)
    return step


def _failed(reason: str) -> Refusal:
    return Refusal("FAILURE", reason)


def _may_again(product: ProductDocument, device: DeviceDocument, now: datetime) -> bool:
    until = device.get("provision_until")
    return device.get("product") == product["_id"] and until is not None and now < until


def _rate_problem(facts: Facts) -> str:
    limit = facts.product["max_devices_per_minute"]
    if limit is None or facts.devices_last_minute < limit:
        return ""
    return (
        f"the product {facts.product['name']!r} provisions at most {limit:,} devices a minute: "
        "ask again in a minute"
    )


def _pre_provisioned(request: ProvisionRequest, facts: Facts) -> Step | Refusal:
    """Decide for a product that adds no devices; the credentials that are asked for are ignored."""
    product, device = facts.product, facts.device
    if request.name is None:
        rule = f"deviceName is required, because {product['name']!r} adds no devices"
        return _failed(f"{rule}: send the name of a device that its owner has added")
    if device is None or device.get("product") != product["_id"]:
        rule = f"the product {product['name']!r} has no device named {request.name!r}"
        return _failed(f"{rule}, and adds none: its owner adds it beforehand")
    return _repeated(request, product, device) if facts.is_provisioned else Step.HAND_OVER


def _created(request: ProvisionRequest, facts: Facts) -> Step | Refusal:
    product, limit = facts.product, facts.product["max_devices"]
    if facts.waits:
        return _failed(
            f"the device {request.name!r} has its token and waits for approval: its owner approves "
            "it, or refuses it so that it can ask again"
        )
    if facts.is_claimed:
        return _failed(
            f"the device {request.name!r} belongs to the person who has claimed it: use another "
            "name, or let them give it back or copy its token from its page"
        )
    if facts.device is not None:
        return _repeated(request, product, facts.device)
    if limit is not None and facts.devices >= limit:
        return _failed(
            f"the product {product['name']!r} has {facts.devices:,} devices, and its limit is "
            f"{limit:,}: its owner raises the limit, or removes devices"
        )
    return Step.WAIT if product["quarantine"] else Step.ADD


def _repeated(
    request: ProvisionRequest, product: ProductDocument, device: DeviceDocument
) -> Step | Refusal:
    knows_token = request.token is not None and _is_same_secret(device["token"], request.token)
    if knows_token and device.get("product") == product["_id"]:
        return Step.REPEAT
    return _failed(
        f"the device {device['name']!r} has been added or provisioned already: use another name, "
        'or let its owner press "May provision again" on its page'
    )


def _credentials_problem(request: ProvisionRequest, facts: Facts) -> str:
    if request.credentials_type != ACCESS_TOKEN:
        return (
            f"credentialsType must be {ACCESS_TOKEN}, because devices sign in by a token, got "
            f"{request.credentials_type[:50]!r}: leave it out"
        )
    if facts.token_is_taken:
        return "the token belongs to another device: choose another, or leave it out"
    return ""


def success(name: str, token: str) -> dict[str, Any]:
    """Return the answer to a device that has been provisioned."""
    return {
        "status": "SUCCESS",
        "credentialsType": ACCESS_TOKEN,
        "credentialsValue": token,
        "deviceName": name,
    }


def failure(refusal: Refusal) -> dict[str, Any]:
    """Return the answer to a device that has not been provisioned."""
    return {"status": refusal.status, "errorMsg": refusal.reason}
