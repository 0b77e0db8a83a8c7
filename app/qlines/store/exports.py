"""Files of readings that users requested: the collection ``exports``; a job makes each file."""

from datetime import datetime
from typing import Literal, NotRequired, TypedDict, cast

from bson import ObjectId
from pymongo.collection import Collection

from qlines.clients.mongodb import Document, Documents, raising_unavailable
from qlines.errors import NotFoundError
from qlines.store.ids import object_id

UNFINISHED = {"$in": ["queued", "running"]}  # as a state in a query

# "from" is a keyword, hence the other way to define a TypedDict.
ExportDocument = TypedDict(
    "ExportDocument",
    {
        "_id": ObjectId,
        "user": ObjectId,
        "device": ObjectId,
        "keys": list[str],
        "from": int,
        "to": int,
        "state": Literal["queued", "running", "done", "failed"],
        "file": str | None,
        "error": str | None,
        "created_at": datetime,
        "side": NotRequired[str],
        "in_database": NotRequired[bool],
        "percent": NotRequired[int],
    },
)
ExportDocument.__doc__ = """An export as MongoDB stores it.

*from* and *to* are milliseconds since 1970, no *keys* means all keys, *file* is a name within the
folder of exports, on the *side* of a pairing whose job wrote it, unless the file is *in_database*
(qlines.store.export_store). *percent* is how far the job is.
"""


@raising_unavailable()
def add(
    db: Documents,
    *,
    user: ObjectId,
    device: ObjectId,
    keys: list[str],
    from_ms: int,
    to_ms: int,
    now: datetime,
) -> str:
    """Record a request in the state ``queued`` and return its id; no *keys* means all keys."""
    export_id = ObjectId()
    document: ExportDocument = {
        "_id": export_id,
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
    _collection(db).insert_one(document)
    return str(export_id)


@raising_unavailable()
def find(db: Documents, export_id: str, *, user: ObjectId | None = None) -> ExportDocument:
    """Return the export; raise NotFoundError when it does not exist or is not *user*'s."""
    query: Document = {"_id": object_id(export_id)}
    if user is not None:
        query["user"] = user
    export = _collection(db).find_one(query)
    if export is None:
        raise NotFoundError(f"there is no export {export_id}")
    return export


@raising_unavailable()
def count_unfinished(db: Documents, user: ObjectId) -> int:
    """Return how many exports of the user are queued or running."""
    query: Document = {"user": user, "state": UNFINISHED}
    return _collection(db).count_documents(query)


def begin(db: Documents, export_id: str) -> None:
    """Record that a job works on the export."""
    _set(db, export_id, {"state": "running", "percent": 0})


def note_progress(db: Documents, export_id: str, percent: int) -> None:
    """Record how much of the range the job has written, 0 to 100."""
    _set(db, export_id, {"percent": percent})


def finish(
    db: Documents, export_id: str, file: str, side: str | None = None, *, in_database: bool = False
) -> None:
    """Record that *file* is complete: a name within the folder of exports of this *side*.

    Or it is *in_database*.
    """
    where: Document = {"side": side} if side else {}
    if in_database:
        where["in_database"] = True
    _set(db, export_id, {"state": "done", "file": file, "error": None, **where})


@raising_unavailable()
def fail(db: Documents, export_id: str, error: str) -> None:
    """Record why there is no file; *error* is shown to the user.

    One that has been finished in the meantime stays so.
    """
    query: Document = {"_id": object_id(export_id), "state": UNFINISHED}
    _collection(db).update_one(query, {"$set": {"state": "failed", "error": error}})


@raising_unavailable()
def remove_before(db: Documents, before: datetime) -> list[str]:
    """Delete the exports requested before that moment; return the names of their files."""
    old = list(_collection(db).find({"created_at": {"$lt": before}}))
    _collection(db).delete_many({"_id": {"$in": [export["_id"] for export in old]}})
    return [export["file"] for export in old if export["file"]]


@raising_unavailable()
def unfinished(db: Documents, before: datetime | None = None) -> list[str]:
    """Return the ids of exports that are queued or running, requested *before* a moment."""
    query: Document = {"state": UNFINISHED}
    if before is not None:
        query["created_at"] = {"$lt": before}
    exports = _collection(db).find(query, {"_id": 1})
    return [str(export["_id"]) for export in exports]


@raising_unavailable()
def _set(db: Documents, export_id: str, change: Document) -> None:
    _collection(db).update_one({"_id": object_id(export_id)}, {"$set": change})


def _collection(db: Documents) -> Collection[ExportDocument]:
    return cast("Collection[ExportDocument]", db.exports)
