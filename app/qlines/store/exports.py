"""Files that users asked for: the collection ``exports``, one record each, filled by a job."""

from datetime import datetime
from typing import Any

from bson import ObjectId
from pymongo.database import Database

from qlines.clients.mongodb import raising_unavailable
from qlines.errors import NotFoundError
from qlines.store.ids import object_id

Document = dict[str, Any]


@raising_unavailable()
def add(
    db: Database[Document],
    *,
    user: ObjectId,
    device: ObjectId,
    keys: list[str],
    from_ms: int,
    to_ms: int,
    now: datetime,
) -> str:
    """Note what is wanted, state ``queued``; no keys means all of them. Return the id."""
    export = {
        "_id": ObjectId(),
        "user": user,
        "device": device,
        "keys": keys,
        "from": from_ms,
        "to": to_ms,
        "state": "queued",
        "file": None,
        "error": None,
        "created_at": now,
    }
    db.exports.insert_one(export)
    return str(export["_id"])


@raising_unavailable()
def find(db: Database[Document], export_id: str, *, user: ObjectId | None = None) -> Document:
    """Return the export, only when it is the *user*'s if one is given; else NotFoundError."""
    query: Document = {"_id": object_id(export_id)}
    if user is not None:
        query["user"] = user
    export = db.exports.find_one(query)
    if export is None:
        raise NotFoundError(f"there is no export {export_id}")
    return export


@raising_unavailable()
def begin(db: Database[Document], export_id: str) -> None:
    """Note that a job works on it."""
    db.exports.update_one({"_id": object_id(export_id)}, {"$set": {"state": "running"}})


@raising_unavailable()
def finish(db: Database[Document], export_id: str, file: str) -> None:
    """Note that *file*, a name within the folder of exports, is complete."""
    db.exports.update_one(
        {"_id": object_id(export_id)}, {"$set": {"state": "done", "file": file, "error": None}}
    )


@raising_unavailable()
def fail(db: Database[Document], export_id: str, error: str) -> None:
    """Note why there is no file."""
    db.exports.update_one(
        {"_id": object_id(export_id)}, {"$set": {"state": "failed", "error": error}}
    )


@raising_unavailable()
def remove_before(db: Database[Document], before: datetime) -> list[str]:
    """Forget exports made before that moment; return the names of their files."""
    old = list(db.exports.find({"created_at": {"$lt": before}}, {"file": 1}))
    db.exports.delete_many({"_id": {"$in": [export["_id"] for export in old]}})
    return [export["file"] for export in old if export["file"]]


@raising_unavailable()
def unfinished(db: Database[Document]) -> list[str]:
    """Return the ids of exports that are queued or running."""
    found = db.exports.find({"state": {"$in": ["queued", "running"]}}, {"_id": 1})
    return [str(export["_id"]) for export in found]
