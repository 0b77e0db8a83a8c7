"""Shared and server attributes: what a device's owner sets, by key, in MongoDB.

Shared ones are the state that the owner wants: the device reads them and is sent each change.
Server ones are the owner's notes for scripts and rules, and never reach the device.

A scope has a document per device. Every change is a transaction, so two owners at once lose
nothing, and a change of shared attributes is in ``attribute_changes`` if and only if it was made,
in the order in which they were made; qlines.downlink follows that collection.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, TypedDict, cast

import orjson
from bson import ObjectId
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from appliance.shared.settings import is_email
from qlines.clients.mongodb import Document, Documents, raising_unavailable
from qlines.clock import epoch_us
from qlines.store.attribute_rules import OwnerAttribute, changed, check_size, check_values
from qlines.store.attributes import decoded, encoded
from qlines.store.transaction import in_transaction

Scope = Literal["shared", "server"]

COLLECTIONS: dict[Scope, str] = {"shared": "shared_attributes", "server": "server_attributes"}
FORMER_OWNER = "a former owner"  # nobody learns another's e-mail address by a device
# A device that is not connected asks when it is again: nobody needs an old change.
CHANGES_KEPT = timedelta(hours=1)


class AttributeChange(TypedDict):
    """A change of shared attributes; *change* is the JSON text that the device is sent.

    The flat object of the changed keys only, or ``{"deleted": [key, …]}``.
    """

    _id: ObjectId
    device: ObjectId
    change: str
    at: datetime


@raising_unavailable()
def of_device(
    db: Documents, device: str, scope: Scope, session: ClientSession | None = None
) -> dict[str, OwnerAttribute]:
    """Return the device's attributes of a scope by key, sorted by key."""
    return dict(sorted(_stored(db, device, scope, session).items()))


@raising_unavailable()
def set_values(
    db: Documents,
    device: str,
    scope: Scope,
    values: Mapping[str, Any],
    by: str,
    now: datetime,
    *,
    payload: bytes | None = None,
) -> list[str]:
    """Set attributes, and return the keys whose values changed; the others are left as they are.

    *payload* is the JSON that the values came from, if they did. Raise FieldError, with nothing
    changed, for a key or a value that is not allowed, or when there would be too many.
    """
    check_values(values, payload)

    def change(session: ClientSession) -> list[str]:
        return set_in_session(db, session, device, scope, values, by, now)

    return in_transaction(db, change)


def set_in_session(
    db: Documents,
    session: ClientSession,
    device: str,
    scope: Scope,
    values: Mapping[str, Any],
    by: str,
    now: datetime,
) -> list[str]:
    """Set checked values as set_values() does, as a part of the caller's transaction."""
    stored = _stored(db, device, scope, session)
    new = changed(stored, values, by, epoch_us(now) // 1000)
    if new:
        check_size(stored | new)
        _write(db, device, scope, stored | new, session)
        sent = {key: attribute.value for key, attribute in new.items()}
        _announce(db, device, scope, sent, now, session)
    return list(new)


@raising_unavailable()
def delete_keys(
    db: Documents, device: str, scope: Scope, keys: Sequence[str], now: datetime
) -> list[str]:
    """Delete the attributes with these keys, and return the keys of those that there were."""

    def change(session: ClientSession) -> list[str]:
        stored = _stored(db, device, scope, session)
        gone = [key for key in dict.fromkeys(keys) if key in stored]
        if gone:
            kept = {key: attribute for key, attribute in stored.items() if key not in gone}
            _write(db, device, scope, kept, session)
            _announce(db, device, scope, {"deleted": gone}, now, session)
        return gone

    return in_transaction(db, change)


@raising_unavailable()
def changed_since(db: Documents, after: datetime) -> list[tuple[str, str]]:
    """Return what holds now of the shared attributes that changed since that moment.

    As (device id, change), each in the form of a change, at most two for a device: what is, and
    what was deleted. So a device that gets it twice is where it was.
    """
    keys: dict[str, set[str]] = {}
    for change in _changes(db).find({"at": {"$gte": after}}):
        keys.setdefault(str(change["device"]), set()).update(_keys_in(change["change"]))
    return [
        (device, orjson.dumps(change).decode())
        for device, changed_keys in keys.items()
        for change in _as_changes(_stored(db, device, "shared"), changed_keys)
        if change
    ]


def _keys_in(change: str) -> list[str]:
    document: dict[str, Any] = orjson.loads(change)
    deleted = document.get("deleted")
    return deleted if len(document) == 1 and type(deleted) is list else list(document)


def _as_changes(
    stored: Mapping[str, OwnerAttribute], keys: set[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    gone = sorted(keys - stored.keys())
    there = {key: one.value for key, one in stored.items() if key in keys}
    return there, ({"deleted": gone} if gone else {})


def remove_of_devices(db: Documents, devices: Sequence[ObjectId]) -> None:
    """Delete all that the owners set for devices that are removed; changes expire by themselves."""
    for name in COLLECTIONS.values():
        db[name].delete_many({"_id": {"$in": list(devices)}})


def give_in_session(db: Documents, session: ClientSession, device: ObjectId) -> None:
    """Leave a device its attributes when its owner changes, without the people who set them."""
    for scope in COLLECTIONS:
        stored = _stored(db, str(device), scope, session)
        if stored:
            given = {key: _without_person(one) for key, one in stored.items()}
            _write(db, str(device), scope, given, session)


def _without_person(attribute: OwnerAttribute) -> OwnerAttribute:
    return attribute._replace(by=FORMER_OWNER) if is_email(attribute.by) else attribute


def _stored(
    db: Documents, device: str, scope: Scope, session: ClientSession | None = None
) -> dict[str, OwnerAttribute]:
    collection = db[COLLECTIONS[scope]]
    document = collection.find_one({"_id": ObjectId(device)}, session=session) or {}
    return {
        entry["key"]: OwnerAttribute(int(entry["ts"]), decoded(entry), entry["by"])
        for entry in document.get("values", [])
    }


def _write(
    db: Documents,
    device: str,
    scope: Scope,
    attributes: Mapping[str, OwnerAttribute],
    session: ClientSession,
) -> None:
    """Write a list of entries and no document by key, because MongoDB refuses some keys."""
    entries: list[Document] = [
        {"key": key, "ts": one.ts_ms, "by": one.by, **encoded(one.value)}
        for key, one in attributes.items()
    ]
    db[COLLECTIONS[scope]].update_one(
        {"_id": ObjectId(device)}, {"$set": {"values": entries}}, upsert=True, session=session
    )


def _announce(
    db: Documents,
    device: str,
    scope: Scope,
    change: Mapping[str, Any],
    now: datetime,
    session: ClientSession,
) -> None:
    """Note the change for the device, if the attributes are shared with it."""
    if scope == "shared":
        _changes(db).insert_one(
            {
                "_id": ObjectId(),
                "device": ObjectId(device),
                "change": orjson.dumps(change).decode(),
                "at": now,
            },
            session=session,
        )


def _changes(db: Documents) -> Collection[AttributeChange]:
    return cast("Collection[AttributeChange]", db.attribute_changes)
