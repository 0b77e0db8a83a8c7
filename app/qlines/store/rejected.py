"""The last ten rejected messages of each device, with reasons: the collection ``rejected``."""

from collections.abc import Iterable
from typing import NamedTuple
from zlib import crc32

from bson import ObjectId
from pymongo import UpdateOne

from qlines.clients.mongodb import Document, Documents, raising_unavailable
from qlines.store import bulk

MAX_PER_DEVICE = 10


class Rejected(NamedTuple):
    """A message of which nothing, or not every key, was stored; *ts_ms* is when it arrived."""

    device: str
    ts_ms: int
    reason: str
    topic: str
    payload: str


def add(db: Documents, items: Iterable[Rejected]) -> None:
    """Store rejected messages, and delete all but the last ten of their devices; idempotent."""
    items = list(items)
    updates = [
        UpdateOne({"_id": _id(item)}, {"$set": _fields(item)}, upsert=True) for item in items
    ]
    bulk.update(db.rejected, updates)
    for device in {item.device for item in items}:
        _delete_old(db, ObjectId(device))


@raising_unavailable()
def of_device(db: Documents, device: str) -> list[Rejected]:
    """Return at most ten rejected messages of the device, newest first."""
    documents = db.rejected.find({"device": ObjectId(device)})
    return [
        Rejected(device, document["ts"], document["reason"], document["topic"], document["payload"])
        for document in documents.sort("ts", -1).limit(MAX_PER_DEVICE)
    ]


def _fields(item: Rejected) -> Document:
    return {
        "device": ObjectId(item.device),
        "ts": item.ts_ms,
        "reason": item.reason,
        "topic": item.topic,
        "payload": item.payload,
    }


def _id(item: Rejected) -> str:
    """Return the same id for the same message, so that a replay stores it once."""
    return f"{item.device}/{item.ts_ms}/{crc32((item.reason + item.payload).encode()):08x}"


@raising_unavailable()
def _delete_old(db: Documents, device: ObjectId) -> None:
    newest_first = db.rejected.find({"device": device}, {"_id": 1}).sort("ts", -1)
    old = [document["_id"] for document in newest_first.skip(MAX_PER_DEVICE)]
    if old:
        db.rejected.delete_many({"_id": {"$in": old}})
