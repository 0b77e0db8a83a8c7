"""The last ten messages of each device that could not be stored, with their reasons, in MongoDB."""

from collections.abc import Iterable
from typing import Any, NamedTuple
from zlib import crc32

from bson import ObjectId
from pymongo import UpdateOne
from pymongo.database import Database

from qlines.clients.mongodb import raising_unavailable
from qlines.store import bulk

KEPT = 10


class Rejected(NamedTuple):
    """A message that was dropped, or some keys of it; *ts_ms* is when it was received."""

    device: str
    ts_ms: int
    reason: str
    topic: str
    payload: str


def add(db: Database[dict[str, Any]], items: Iterable[Rejected]) -> None:
    """Store rejected messages, and delete all but the last ten of their devices.

    The same message twice, as after a kill, is one record.
    """
    items = list(items)
    updates = [
        UpdateOne({"_id": _id(item)}, {"$set": _record(item)}, upsert=True) for item in items
    ]
    bulk.update(db.rejected, updates)
    with raising_unavailable():
        for device in {item.device for item in items}:
            _delete_old(db, ObjectId(device))


def of_device(db: Database[dict[str, Any]], device: str) -> list[dict[str, Any]]:
    """Return at most ten of ``{"ts", "reason", "topic", "payload"}``, newest first."""
    fields = {"_id": 0, "ts": 1, "reason": 1, "topic": 1, "payload": 1}
    with raising_unavailable():
        found = db.rejected.find({"device": ObjectId(device)}, fields)
        return list(found.sort("ts", -1).limit(KEPT))


def forget(db: Database[dict[str, Any]], device: str) -> None:
    """Delete the records of a device that was removed."""
    with raising_unavailable():
        db.rejected.delete_many({"device": ObjectId(device)})


def _record(item: Rejected) -> dict[str, Any]:
    return {
        "device": ObjectId(item.device),
        "ts": item.ts_ms,
        "reason": item.reason,
        "topic": item.topic,
        "payload": item.payload,
    }


def _id(item: Rejected) -> str:
    return f"{item.device}/{item.ts_ms}/{crc32((item.reason + item.payload).encode()):08x}"


def _delete_old(db: Database[dict[str, Any]], device: ObjectId) -> None:
    newest_first = db.rejected.find({"device": device}, {"_id": 1}).sort("ts", -1)
    old = [record["_id"] for record in newest_first.skip(KEPT)]
    if old:
        db.rejected.delete_many({"_id": {"$in": old}})
