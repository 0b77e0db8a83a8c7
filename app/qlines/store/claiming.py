"""How a device that published a claim gets another owner, and goes back to the one before.

A device has one owner. The one who claims it gets it with everything that is about it: readings,
attributes, rejected messages, its own controls, labels and units; who set what is no longer said
by an e-mail address. Its tags, with what hangs on
them, and its product are its former owner's order and stay behind; its former owner's commands are
deleted, so that none of them arrives any more. Its alarms end, and stay with the former owner.
Giving back is the same in the other direction.
"""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from bson import ObjectId
from pymongo.client_session import ClientSession
from pymongo.errors import DuplicateKeyError

from qlines.clients.mongodb import Document, Documents, raising_unavailable
from qlines.errors import ConflictError
from qlines.store import alarm_ends, claims, commands, controls, owner_attributes
from qlines.store.claims import ClaimDocument
from qlines.store.device_document import ClaimedFrom, DeviceDocument, device_collection
from qlines.store.device_rules import MAX_NAME_CHARACTERS
from qlines.store.hidden_owner import VISIBLE_DEVICES
from qlines.store.transaction import in_transaction

MAX_NAMESAKES = 1_000  # devices of other owners with one name, among which a claim is looked for
NOTHING_OF_ITS_FORMER_OWNER: Document = {"tags": [], "product": None, "provision_until": None}


class Outcome(StrEnum):
    """What became of a try to claim a device, in ThingsBoard's words."""

    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"  # no device of this name can be claimed with this secret
    CLAIMED = "CLAIMED"  # somebody has claimed it


class Claimed(NamedTuple):
    """The outcome; with success the device before, with its former owner, and as it is now."""

    outcome: Outcome
    before: DeviceDocument | None = None
    device: DeviceDocument | None = None


@raising_unavailable()
def claim(db: Documents, name: str, secret: str, claimer: ObjectId, now: datetime) -> Claimed:
    """Give the claimer the device that published a claim with this secret.

    A wrong secret spends the claims of all devices of this name: the device must publish another
    one. Raise ConflictError when the claimer has a device of this name, and when several devices of
    this name wait for the same secret; nothing is spent then.
    """
    if device_collection(db).find_one({"owner": claimer, "name": name}):
        raise ConflictError(
            f"you have a device named {name!r}: if it is another one, rename it, then claim again"
        )
    query = {"name": name, **VISIBLE_DEVICES}
    namesakes = list(device_collection(db).find(query).limit(MAX_NAMESAKES))
    free = {one["_id"]: one for one in namesakes if "claimed_from" not in one}
    waiting = claims.open_of(db, list(free), now)
    if not waiting:
        is_taken = len(free) < len(namesakes)
        return Claimed(Outcome.CLAIMED if is_taken else Outcome.FAILURE)
    found = _the_one_with(waiting, secret, name)
    if found is None:
        claims.spend(db, [one["_id"] for one in waiting])
        return Claimed(Outcome.FAILURE)
    return _move(db, free[found["_id"]], found, claimer, now)


def _the_one_with(waiting: Sequence[ClaimDocument], secret: str, name: str) -> ClaimDocument | None:
    matching = [one for one in waiting if claims.is_secret(one, secret)]
    if len(matching) > 1:
        raise ConflictError(
            f"{len(matching)} devices named {name!r} wait for the same secret, and nobody can say "
            "which one is yours: ask their maker to give each its own name or secret"
        )
    return matching[0] if matching else None


def _move(
    db: Documents, before: DeviceDocument, found: ClaimDocument, claimer: ObjectId, now: datetime
) -> Claimed:
    former: Document = {
        "owner": before["owner"],
        "name": before["name"],
        "tags": before["tags"],
        "product": before.get("product"),
        "at": now,
        "by_gateway": found["by_gateway"],
    }
    change = {"owner": claimer, **NOTHING_OF_ITS_FORMER_OWNER, "claimed_from": former}
    try:
        device = _hand_over(db, before, {"$exists": False}, {"$set": change}, now)
    except DuplicateKeyError:
        raise ConflictError(
            f"you have a device named {before['name']!r}: rename it, then claim again"
        ) from None
    return Claimed(Outcome.SUCCESS, before, device) if device else Claimed(Outcome.CLAIMED)


def _hand_over(
    db: Documents, before: DeviceDocument, claimed_from: Document, change: Document, now: datetime
) -> DeviceDocument | None:
    """Change a device's owner, and bring what belongs to it after it: all in one transaction.

    *claimed_from* is the condition for that field. Return None when the device is no longer as it
    was: of two who claim it at the same moment one finds it so.
    """
    device_id = before["_id"]
    query = {"_id": device_id, "owner": before["owner"], "claimed_from": claimed_from}

    def hand_over(session: ClientSession) -> DeviceDocument | None:
        devices = device_collection(db)
        if not devices.update_one(query, change, session=session).matched_count:
            return None
        claims.spend_in_session(db, session, device_id)
        commands.clear_in_session(db, session, device_id)
        alarm_ends.hand_over_in_session(db, session, device_id, now)
        controls.give_in_session(db, session, device_id, change["$set"]["owner"])
        owner_attributes.give_in_session(db, session, device_id)
        return devices.find_one({"_id": device_id}, session=session)

    return in_transaction(db, hand_over)


@raising_unavailable()
def give_back(db: Documents, device: DeviceDocument, now: datetime) -> DeviceDocument:
    """Return a device to the one from whom it was claimed, as it was named and tagged there.

    It is of its product again, if there still is one. Where that one has another device of the name
    by now, the end of its id is added, but not where a gateway speaks for it by its name. Raise
    ConflictError then, when the device was not claimed, or no longer is the caller's.
    """
    former = device.get("claimed_from")
    if former is None:
        raise ConflictError(
            f"the device {device['name']!r} was not claimed from anybody: only a claimed one can "
            "be given back"
        )
    returned_as: Document = {
        "owner": former["owner"],
        "tags": former["tags"],
        "product": _product_of(db, former),
        "provision_until": None,
    }
    for name in (former["name"], _other_name(device, former["name"])):
        change = {"$set": {**returned_as, "name": name}, "$unset": {"claimed_from": ""}}
        try:
            returned = _hand_over(db, device, {"$exists": True}, change, now)
        except DuplicateKeyError:
            if former["by_gateway"]:  # what it sends under this name would be the other one's
                break
            continue
        if returned is None:
            raise ConflictError(f"the device {device['name']!r} is no longer yours")
        return returned
    raise ConflictError(
        f"the one who had the device before has another named {former['name']!r}: ask them to "
        "rename that"
    )


def _product_of(db: Documents, former: ClaimedFrom) -> ObjectId | None:
    product = former["product"]
    query = {"_id": product, "owner": former["owner"]}
    return product if product and db.products.find_one(query, {"_id": 1}) else None


def _other_name(device: DeviceDocument, name: str) -> str:
    end = f" ({str(device['_id'])[-6:]})"
    return name[: MAX_NAME_CHARACTERS - len(end)] + end
