"""Provision a device: give one that has no token yet the token of a device.

``provision(db, body, address, now)`` is what both transports call, HTTP (web/device) and MQTT.

*body* is the device's JSON object, ThingsBoard's: ``{"provisionDeviceKey": text,
"provisionDeviceSecret": text, "deviceName"?: text, "credentialsType"?: "ACCESS_TOKEN", "token"?:
text, "gateway"?: bool}``; other fields are ignored.

The answer is ThingsBoard's too, with the name added, which the device may not know: ``{"status":
"SUCCESS", "credentialsType": "ACCESS_TOKEN", "credentialsValue": token, "deviceName": name}``, or
``{"status": "FAILURE" | "NOT_FOUND", "errorMsg": sentence}``.

The device connects at once, so the answer is best held back until the registry file has the token
(registry_wait.py).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple, cast

from bson import ObjectId
from pymongo.client_session import ClientSession
from pymongo.errors import DuplicateKeyError

from qlines.clients.mongodb import Document, Documents, raising_unavailable
from qlines.store import audit, owner_attributes
from qlines.store.device_document import DeviceDocument, device_collection
from qlines.store.device_document import named as device_named
from qlines.store.device_rules import make_token
from qlines.store.products import ProductDocument, named, product_collection
from qlines.store.provisioning_rules import (
    RATE_WINDOW,
    Facts,
    ProvisionRequest,
    Refusal,
    Step,
    authorised,
    decide,
    failure,
    parsed,
    success,
)
from qlines.store.transaction import in_transaction
from qlines.store.waiting_devices import WaitingDevice, device_of, waiting_collection

PROVISION_STATE = "provisionState"  # the server attribute by which ThingsBoard knows it, too
PROVISIONED = "provisioned"
WHO = "a device"
DONE = {
    Step.ADD: "provisioned itself as {}",
    Step.WAIT: "provisioned itself and waits for approval as {}",
    Step.HAND_OVER: "was given the token of {}",
    Step.RENEW: "provisioned itself again and got a new token as {}",
}


class Attempt(NamedTuple):
    """A request in its transaction, which may be attempted several times."""

    db: Documents
    session: ClientSession
    request: ProvisionRequest
    address: str
    now: datetime


class Done(NamedTuple):
    """What a request did: to which product, and the device after it."""

    step: Step
    product: ProductDocument
    device: DeviceDocument


class Provisioned(NamedTuple):
    """The answer, and the token that devices may connect with as soon as the registry has it.

    *token* is None when nothing was done, or the device waits for approval.
    """

    answer: dict[str, Any]
    token: str | None = None


def provision(db: Documents, body: Mapping[str, Any], address: str, now: datetime) -> Provisioned:
    """Answer a device's request, and do what it asks for; *address* is where it came from.

    The decision and its effect are one transaction, which also writes to the product: so of
    requests at the same time one comes after the other, no two devices get one name, no limit is
    exceeded, and a program that is killed leaves all of it or nothing.

    Raise FieldError when the body has no key or no secret, which is not a request then, and
    StoreUnavailableError when the device may ask again later.
    """
    request = parsed(body)
    try:
        outcome = _provisioned(db, request, address, now)
    except DuplicateKeyError:
        outcome = Refusal(
            "FAILURE", "another device has just taken this name or token: ask again with others"
        )
    if isinstance(outcome, Refusal):
        return Provisioned(failure(outcome))
    if outcome.step in DONE:
        what = DONE[outcome.step].format(device_named(outcome.device))
        audit.add(db, who=WHO, address=address, what=f"{what} of {named(outcome.product)}", now=now)
    name, token = outcome.device["name"], outcome.device["token"]
    return Provisioned(success(name, token), None if outcome.step is Step.WAIT else token)


@raising_unavailable()
def _provisioned(
    db: Documents, request: ProvisionRequest, address: str, now: datetime
) -> Done | Refusal:
    return in_transaction(db, lambda session: _attempt(Attempt(db, session, request, address, now)))


def _attempt(attempt: Attempt) -> Done | Refusal:
    db, session, request = attempt.db, attempt.session, attempt.request
    found = product_collection(db).find_one({"key": request.key}, session=session)
    product = authorised(found, request)
    if isinstance(product, Refusal):
        return product
    facts = _facts(attempt, product)
    step = decide(request, facts, attempt.now)
    if isinstance(step, Refusal):
        return step
    if step is Step.REPEAT and facts.device is not None:
        return Done(step, product, facts.device)
    # Every change writes here, so that of two at a time one sees what the other has added.
    query = {"_id": product["_id"]}
    product_collection(db).update_one(query, {"$inc": {"provisioned": 1}}, session=session)
    if facts.device is None:
        return Done(step, product, _add(attempt, step, product))
    return Done(step, product, _change(attempt, step, product, facts.device))


def _facts(attempt: Attempt, product: ProductDocument) -> Facts:
    db, session, name = attempt.db, attempt.session, attempt.request.name
    of_product: Document = {"product": product["_id"]}
    claimed: Document = {"claimed_from.owner": product["owner"]}
    device, waits, is_claimed = None, False, False
    if name is not None:
        by_name = {"owner": product["owner"], "name": name}
        is_claimed = _count(attempt, {**claimed, "claimed_from.name": name}) > 0
        device = device_collection(db).find_one(by_name, session=session)
        waits = waiting_collection(db).find_one(by_name, session=session) is not None
    recent = {"provisioned_at": {"$gt": attempt.now - RATE_WINDOW}}
    return Facts(
        product=product,
        device=device,
        waits=waits,
        is_claimed=is_claimed,
        is_provisioned=device is not None and _is_provisioned(attempt, device),
        token_is_taken=_token_is_taken(attempt, device),
        devices=_count(attempt, of_product)
        + _count(attempt, {**claimed, "claimed_from.product": product["_id"]}),
        devices_last_minute=_count(attempt, of_product | recent),
    )


def _is_provisioned(attempt: Attempt, device: DeviceDocument) -> bool:
    device_id = str(device["_id"])
    return PROVISION_STATE in owner_attributes.of_device(
        attempt.db, device_id, "server", attempt.session
    )


def _token_is_taken(attempt: Attempt, device: DeviceDocument | None) -> bool:
    """Return whether another than *device*, which has the name, has or had the requested token."""
    token = attempt.request.token
    if token is None:
        return False
    query: Document = {"$or": [{"token": token}, {"old_tokens.token": token}]}
    other: Document = {"_id": {"$ne": device["_id"]}} if device else {}
    return _count(attempt, query | other) > 0


def _count(attempt: Attempt, query: Document) -> int:
    db, session = attempt.db, attempt.session
    return sum(
        collection.count_documents(query, session=session)
        for collection in (db.devices, db.waiting_devices)
    )


def _add(attempt: Attempt, step: Step, product: ProductDocument) -> DeviceDocument:
    """Add a device, or one that waits, and return it as it is or will be."""
    request = attempt.request
    waiting: WaitingDevice = {
        "_id": ObjectId(),
        "owner": product["owner"],
        "product": product["_id"],
        "name": request.name or make_token(),
        "token": request.token or make_token(),
        "gateway": request.gateway,
        "address": attempt.address,
        "provisioned_at": attempt.now,
    }
    device = device_of(waiting)
    if step is Step.WAIT:
        waiting_collection(attempt.db).insert_one(waiting, session=attempt.session)
    else:
        device_collection(attempt.db).insert_one(device, session=attempt.session)
    return device


def _change(
    attempt: Attempt, step: Step, product: ProductDocument, before: DeviceDocument
) -> DeviceDocument:
    """Note on a device that it was provisioned, with a new token if it was so again."""
    db, session, now = attempt.db, attempt.session, attempt.now
    change: Document = {"provisioned_at": now, "provision_until": None}
    if step is Step.RENEW:
        change |= {"token": attempt.request.token or make_token(), "old_tokens": []}
    device_collection(db).update_one({"_id": before["_id"]}, {"$set": change}, session=session)
    owner_attributes.set_in_session(
        db, session, str(before["_id"]), "server", {PROVISION_STATE: PROVISIONED}, WHO, now
    )
    return cast("DeviceDocument", {**before, **change})
