"""Which devices are connected, and since when.

Each broker has a collection of its own, so that the restart of one says nothing about the devices
of another: ``presence`` for an appliance without a twin and for side a, ``presence_b`` for side b,
``presence_NODE`` for a node of several, which is a side here like those of twins. A device is
connected while it is with any of them.

Each side writes its heartbeat to the collection ``sides``. When that of another one is newer by a
minute, the side is gone: its devices are offline since its last heartbeat, unless they have come
back elsewhere. A side that returns is believed again: its broker has restarted, which sets them
offline, or was merely out of reach.

Beside its state a document keeps the last changes, for the device's page. Of changes within a tenth
of a second, and of those while MongoDB is away, only the last one is there.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from bson import ObjectId
from pymongo import UpdateOne

from qlines.clients.mongodb import Document, Documents, raising_unavailable
from qlines.clock import epoch_us, utc_datetime
from qlines.store import bulk

RESTARTED = "the broker restarted"
GATEWAY_DISCONNECTED = "its gateway disconnected"
GONE = "its side of the twins, or its node, is gone"
GONE_AFTER = timedelta(seconds=60)
COLLECTIONS: Mapping[str, str] = {"a": "presence", "b": "presence_b"}  # of twins, by their side
SIDE = "a"  # of an appliance without a twin
KEPT_CHANGES = 10
# The changes stay out of the overview of 10,000 devices.
STATE = {"connected": 1, "changed_at": 1, "reason": 1, "address": 1}


class Presence(NamedTuple):
    """Whether a device is connected, since *changed_us* in microseconds since 1970.

    *reason* says why it is not connected, *address* where it connected from.
    """

    connected: bool
    changed_us: int
    reason: str
    address: str


class Change(NamedTuple):
    """A device connected or disconnected at *changed_us*, microseconds since 1970."""

    device: str
    connected: bool
    changed_us: int
    reason: str
    address: str


def write(db: Documents, changes: Iterable[Change], side: str = SIDE) -> None:
    """Store the latest change of each device at the broker of *side*.

    An older one never overwrites a newer one.
    """
    updates = [
        UpdateOne(
            {
                "_id": ObjectId(change.device),
                "changed_at": {"$lte": utc_datetime(change.changed_us)},
            },
            {
                "$set": {
                    "connected": change.connected,
                    "changed_at": utc_datetime(change.changed_us),
                    "reason": change.reason,
                    "address": change.address,
                },
                "$push": _noted(change.connected, change.changed_us, change.reason, change.address),
            },
            upsert=True,
        )
        for change in changes
    ]
    # An older change does not match the newer document, so its upsert collides with it.
    bulk.update(db[collection_of(side)], updates, harmless=frozenset({bulk.DUPLICATE_KEY}))


@raising_unavailable()
def disconnect_all(db: Documents, before_us: int, side: str = SIDE) -> None:
    """Set every device offline whose last change came before the broker of *side* started."""
    before = utc_datetime(before_us)
    db[collection_of(side)].update_many(
        {"connected": True, "changed_at": {"$lt": before}},
        {
            "$set": {"connected": False, "changed_at": before, "reason": RESTARTED},
            "$push": _noted(False, before_us, RESTARTED, ""),
        },
    )


@raising_unavailable()
def disconnect_everywhere(db: Documents, before_us: int) -> None:
    """Set every device offline that was connected to any broker before that moment."""
    for side in sides_of(_heartbeats(db)):
        disconnect_all(db, before_us, side)


@raising_unavailable()
def of_devices(
    db: Documents, device_ids: Iterable[str], here: str | None = None
) -> dict[str, Presence]:
    """Return the presence by device id; a device that never connected is absent.

    *here* is the side that asks: it runs, whatever reaches MongoDB of its heartbeat.
    """
    ids = [ObjectId(device) for device in device_ids]
    heartbeats = _heartbeats(db)
    gone = sides_gone(heartbeats)
    gone.pop(here or "", None)
    found: dict[str, list[Presence]] = {}
    for side in sides_of(heartbeats):
        for document in db[collection_of(side)].find({"_id": {"$in": ids}}, STATE):
            seen = as_of(_presence(document), gone.get(side))
            found.setdefault(str(document["_id"]), []).append(seen)
    return {device: combined(presences) for device, presences in found.items()}


@raising_unavailable()
def changes_of(db: Documents, device: str) -> list[Presence]:
    """Return the last changes of a device at any broker, newest first.

    A change that was written twice, because the spool was read again, is there once.
    """
    found = set()
    for side in sides_of(_heartbeats(db)):
        document = db[collection_of(side)].find_one({"_id": ObjectId(device)}) or {}
        found |= {_presence(change) for change in document.get("changes", [])}
    return sorted(found, key=lambda change: change.changed_us, reverse=True)[:KEPT_CHANGES]


@raising_unavailable()
def beat(db: Documents, side: str) -> None:
    """Note that the broker of *side* is alive, at this moment of MongoDB's clock."""
    db.sides.update_one({"_id": side}, {"$currentDate": {"seen_at": True}}, upsert=True)


def collection_of(side: str) -> str:
    """Return the name of the side's collection; pure."""
    return COLLECTIONS.get(side, f"presence_{side}")


def sides_of(heartbeats: Iterable[str]) -> list[str]:
    """Return every side that may have written, those that have sent heartbeats too; pure."""
    return sorted({*COLLECTIONS, *heartbeats})


def sides_gone(heartbeats: Mapping[str, datetime]) -> dict[str, int]:
    """Return the sides that are gone, each with its last heartbeat in microseconds; pure.

    They are compared with each other and with no clock: without a primary nobody can write one.
    """
    newest = max(heartbeats.values(), default=None)
    return {
        side: epoch_us(seen)
        for side, seen in heartbeats.items()
        if newest is not None and newest - seen > GONE_AFTER
    }


def as_of(presence: Presence, gone_us: int | None) -> Presence:
    """Return the presence at a side that has been gone since *gone_us*, None when it is not."""
    if gone_us is None or not presence.connected:
        return presence
    return Presence(False, max(gone_us, presence.changed_us), GONE, presence.address)


def combined(presences: Iterable[Presence]) -> Presence:
    """Return the presence of a device from those at several brokers; pure.

    It is the newest one with which it is connected, else the newest of all.
    """
    return max(presences, key=lambda one: (one.connected, one.changed_us))


@raising_unavailable()
def forget_twins(db: Documents, now_us: int, *, is_node: bool = False) -> None:
    """Set offline what was connected to side b, on an appliance that has no twin any more.

    Its own broker writes where side a wrote, and its restart voids that; but a node of several
    writes elsewhere, so there what was connected to side a is set offline too.
    """
    db.sides.delete_many({"_id": {"$in": list(COLLECTIONS)}})
    for side in COLLECTIONS if is_node else ("b",):
        disconnect_all(db, now_us, side)


@raising_unavailable()
def remove(db: Documents, device_ids: Sequence[ObjectId]) -> None:
    """Delete the presence of these devices at every broker."""
    for side in sides_of(_heartbeats(db)):
        db[collection_of(side)].delete_many({"_id": {"$in": list(device_ids)}})


def _heartbeats(db: Documents) -> dict[str, datetime]:
    return {side["_id"]: side["seen_at"] for side in db.sides.find()}


def _noted(connected: bool, changed_us: int, reason: str, address: str) -> Document:
    change = {
        "connected": connected,
        "changed_at": utc_datetime(changed_us),
        "reason": reason,
        "address": address,
    }
    return {"changes": {"$each": [change], "$slice": -KEPT_CHANGES}}


def _presence(document: Document) -> Presence:
    return Presence(
        document["connected"],
        epoch_us(document["changed_at"]),
        document.get("reason", ""),
        document.get("address", ""),
    )
