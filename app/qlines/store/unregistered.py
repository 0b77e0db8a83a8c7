"""Devices that are not registered but were seen: the collection ``unregistered``, for the admin."""

import secrets
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import NamedTuple, NotRequired, TypedDict, cast

from pymongo import UpdateOne
from pymongo.collection import Collection as MongoCollection

from qlines.clients.mongodb import Document, Documents, raising_unavailable
from qlines.clock import utc_datetime
from qlines.store import bulk, waiting_devices

# At these sources the name is an unknown token. Every other source is a gateway, which names its
# devices.
TOKEN_SOURCES = ("mqtt", "http")
MAX_DOCUMENTS = 10_000
# Deleted at once when there are more, those not seen for longest: somebody who guesses tokens sends
# each of them only once, a real device sends again.
DELETED_AT_ONCE = 1_000
NOTIFY_EVERY = timedelta(hours=1)
# A token is shown by its start, which tells several apart; of a short one by a quarter at most.
SHOWN_OF_TOKEN = 4
# Of a device that was forgotten: every sighting is earlier, and MongoDB requires the field.
NOT_SEEN = utc_datetime(253_402_300_799_000_000)  # the end of the year 9999
SEEN: Document = {"count": {"$gt": 0}}


class UnregisteredDevice(NamedTuple):
    """The sightings of *name* at *source* since the last note(): how often, when, and a sample."""

    source: str
    name: str
    first_us: int
    last_us: int
    times: int
    sample: str

    @property
    def id(self) -> str:
        """Return the id of its document."""
        return f"{self.source}/{self.name}"


class UnregisteredDocument(TypedDict):
    """An unregistered device as MongoDB stores it; *count* is how often it was seen.

    One with a count of 0 was forgotten, and nobody sees it: it tells for an hour when the admin
    was notified, and is deleted with the next notification or Forget after that.
    """

    _id: str
    name: str
    source: str
    first_seen: datetime
    last_seen: datetime
    count: int
    sample: str
    notified_at: NotRequired[datetime]
    notified_by: NotRequired[str]


def label(source: str, name: str) -> str:
    """Return what a sighting is called wherever it is read: never a whole token; pure.

    A device that is registered keeps the unknown token that it used, so who read that in a log, a
    mail or a list could send as the device.
    """
    if source not in TOKEN_SOURCES:
        return name
    start = name[: min(SHOWN_OF_TOKEN, len(name) // 4)]
    unit = "character" if len(name) == 1 else "characters"
    return f"token {start}… ({len(name)} {unit})"


def note(db: Documents, devices: Collection[UnregisteredDevice]) -> None:
    """Add sightings to the documents; delete the oldest documents beyond 10,000.

    A device that waits for its owner's approval is not for the admin to register: it is left out.
    """
    tokens = [device.name for device in devices if device.source in TOKEN_SOURCES]
    waiting = waiting_devices.with_tokens(db, tokens) if tokens else set()
    updates = [
        UpdateOne(
            {"_id": device.id},
            {
                "$set": {"name": device.name, "source": device.source, "sample": device.sample},
                "$min": {"first_seen": utc_datetime(device.first_us)},
                "$max": {"last_seen": utc_datetime(device.last_us)},
                "$inc": {"count": device.times},
            },
            upsert=True,
        )
        for device in devices
        if device.source not in TOKEN_SOURCES or device.name not in waiting
    ]
    if updates:
        bulk.update(db.unregistered, updates)
        _delete_oldest(db)


@raising_unavailable()
def _delete_oldest(db: Documents) -> None:
    if db.unregistered.estimated_document_count() > MAX_DOCUMENTS:
        oldest = db.unregistered.find({}, {"_id": 1}).sort("last_seen", 1).limit(DELETED_AT_ONCE)
        ids = [document["_id"] for document in oldest]
        db.unregistered.delete_many({"_id": {"$in": ids}})


@raising_unavailable()
def due_for_notification(
    db: Documents, ids: Iterable[str], now: datetime
) -> list[UnregisteredDocument]:
    """Return those of the documents about which the admin was not notified in the last hour."""
    return list(_collection(db).find(_due(ids, now)))


@raising_unavailable()
def claim(db: Documents, ids: Iterable[str], now: datetime) -> set[str]:
    """Record that the admin is notified now; return about which devices the caller has to do it.

    Those about which somebody else has, the other of two twins, are not among them.
    """
    _delete_forgotten(db, now)
    by = secrets.token_hex(8)
    change = {"$set": {"notified_at": now, "notified_by": by}}
    db.unregistered.update_many(_due(ids, now), change)
    return {found["_id"] for found in db.unregistered.find({"notified_by": by}, {"_id": 1})}


@raising_unavailable()
def release(db: Documents, ids: Iterable[str]) -> None:
    """Take back that the admin was notified of these devices: the next sighting does it."""
    never = {"$set": {"notified_at": utc_datetime(0)}}
    db.unregistered.update_many({"_id": {"$in": list(ids)}}, never)


def _due(ids: Iterable[str], now: datetime) -> Document:
    return {"_id": {"$in": list(ids)}, **_not_notified(now)}


def _not_notified(now: datetime) -> Document:
    """Return the condition that the admin was not notified in the last hour."""
    return {
        "$or": [
            {"notified_at": {"$exists": False}},
            {"notified_at": {"$lte": now - NOTIFY_EVERY}},
        ]
    }


@raising_unavailable()
def list_all(db: Documents) -> list[UnregisteredDocument]:
    """Return every unregistered device, the one seen last first."""
    return list(_collection(db).find(SEEN).sort("last_seen", -1))


@raising_unavailable()
def count(db: Documents) -> int:
    """Return how many there are."""
    return db.unregistered.count_documents(SEEN)


@raising_unavailable()
def notified_since(db: Documents, since: datetime, limit: int) -> list[UnregisteredDocument]:
    """Return those of which the admins were notified since then, the newest notification first."""
    query = {"notified_at": {"$gt": since}, **SEEN}
    return list(_collection(db).find(query).sort("notified_at", -1).limit(limit))


@raising_unavailable()
def find(db: Documents, name: str) -> UnregisteredDocument | None:
    """Return the device of this name that was seen last, at any source, or None."""
    return _collection(db).find_one({"name": name, **SEEN}, sort=[("last_seen", -1)])


@raising_unavailable()
def seen_since(
    db: Documents, since: datetime, sources: Iterable[str], limit: int
) -> list[UnregisteredDocument]:
    """Return the devices at these sources that were seen since then, the one seen last first."""
    query = {"last_seen": {"$gte": since}, "source": {"$in": list(sources)}, **SEEN}
    return list(_collection(db).find(query).sort("last_seen", -1).limit(limit))


@raising_unavailable()
def remove(db: Documents, name: str) -> bool:
    """Delete the documents of this name, of all sources; return whether there were any."""
    return db.unregistered.delete_many({"name": name}).deleted_count > 0


@raising_unavailable()
def forget(db: Documents, name: str, now: datetime) -> list[UnregisteredDocument]:
    """Forget the sightings of this name, of all sources; return them, none if there were none.

    When the admin was notified is kept for the rest of the hour: a device that is seen again, or
    put back, sends no other message before.
    """
    found = list(_collection(db).find({"name": name, **SEEN}))
    if found:
        nothing = {"$set": {"count": 0, "first_seen": NOT_SEEN, "sample": ""}}
        db.unregistered.update_many({"name": name}, nothing)
        _delete_forgotten(db, now)
    return found


def _delete_forgotten(db: Documents, now: datetime) -> None:
    db.unregistered.delete_many({"count": 0, **_not_notified(now)})


def _collection(db: Documents) -> MongoCollection[UnregisteredDocument]:
    return cast("MongoCollection[UnregisteredDocument]", db.unregistered)
