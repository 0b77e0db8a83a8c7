"""Devices that somebody named but nobody registered: one record each in MongoDB, for the admin."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from pymongo import UpdateOne
from pymongo.database import Database

from qlines.clients.mongodb import raising_unavailable
from qlines.clock import utc_datetime
from qlines.store import bulk

LIMIT = 10_000
# Deleted at once when the list is full, those that were not seen for longest: whoever tries tokens
# at random comes with each only once, a device of somebody's comes again.
CLEARED = 1_000
NOTIFY_EVERY = timedelta(hours=1)


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
        """Return the record's id."""
        return f"{self.source}/{self.name}"


def note(db: Database[dict[str, Any]], devices: Iterable[UnregisteredDevice]) -> None:
    """Add to the records; the oldest are deleted when there are more than 10,000."""
    updates = [
        UpdateOne(
            {"_id": one.id},
            {
                "$set": {"name": one.name, "source": one.source, "sample": one.sample},
                "$min": {"first_seen": utc_datetime(one.first_us)},
                "$max": {"last_seen": utc_datetime(one.last_us)},
                "$inc": {"count": one.times},
            },
            upsert=True,
        )
        for one in devices
    ]
    if not updates:
        return
    bulk.update(db.unregistered, updates)
    with raising_unavailable():
        if db.unregistered.estimated_document_count() > LIMIT:
            oldest = db.unregistered.find({}, {"_id": 1}).sort("last_seen", 1).limit(CLEARED)
            db.unregistered.delete_many({"_id": {"$in": [one["_id"] for one in oldest]}})


def due_for_notification(
    db: Database[dict[str, Any]], ids: Iterable[str], now: datetime
) -> list[dict[str, Any]]:
    """Return those of the records of which the admin was not told within the last hour."""
    with raising_unavailable():
        return list(
            db.unregistered.find(
                {
                    "_id": {"$in": list(ids)},
                    "$or": [
                        {"notified_at": {"$exists": False}},
                        {"notified_at": {"$lte": now - NOTIFY_EVERY}},
                    ],
                }
            )
        )


def mark_notified(db: Database[dict[str, Any]], ids: Iterable[str], now: datetime) -> None:
    """Remember that the admin was told."""
    with raising_unavailable():
        db.unregistered.update_many({"_id": {"$in": list(ids)}}, {"$set": {"notified_at": now}})


def list_all(db: Database[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return every record, the one seen last first."""
    with raising_unavailable():
        return list(db.unregistered.find().sort("last_seen", -1))


def find(db: Database[dict[str, Any]], name: str) -> dict[str, Any] | None:
    """Return the record of this name that was seen last, whatever its source."""
    with raising_unavailable():
        return db.unregistered.find_one({"name": name}, sort=[("last_seen", -1)])


def remove(db: Database[dict[str, Any]], name: str) -> bool:
    """Delete the records of this name; return whether there were any."""
    with raising_unavailable():
        return db.unregistered.delete_many({"name": name}).deleted_count > 0
