"""The files of exports in MongoDB, where every node of several can read them (GridFS).

https://www.mongodb.com/docs/manual/core/gridfs/ has the layout of the two collections.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from bson import ObjectId
from gridfs import GridFSBucket
from gridfs.errors import NoFile
from pymongo.collection import Collection

from qlines.clients.mongodb import Document, Documents, raising_unavailable
from qlines.errors import NotFoundError

BUCKET = "export_files"
CHUNK_BYTES = 1024 * 1024


@raising_unavailable()
def keep(db: Documents, export_id: str, file: Path) -> None:
    """Store the file of an export in place of what a killed job may have left of it."""
    _files(db).delete_many({"_id": export_id})
    _chunks(db).delete_many({"files_id": export_id})
    with file.open("rb") as stream:
        _bucket(db).upload_from_stream_with_id(export_id, file.name, stream)


@raising_unavailable()
def read(db: Documents, export_id: str) -> tuple[int, Iterator[bytes]]:
    """Return the length of the file in bytes, and its bytes; raise NotFoundError without one.

    The bytes raise gridfs.errors.CorruptGridFile when they end early, so that no client takes them
    for whole.
    """
    try:
        stream = _bucket(db).open_download_stream(export_id)
    except NoFile:
        raise NotFoundError(f"the file of the export {export_id} was deleted") from None
    return stream.length, iter(lambda: stream.read(CHUNK_BYTES), b"")


@raising_unavailable()
def remove_before(db: Documents, before: datetime) -> None:
    """Delete what was stored before that moment, also what killed jobs have left."""
    _files(db).delete_many({"uploadDate": {"$lt": before}})
    _chunks(db).delete_many({"_id": {"$lt": ObjectId.from_datetime(before)}})


def _bucket(db: Documents) -> GridFSBucket:
    return GridFSBucket(db, BUCKET, CHUNK_BYTES)


def _files(db: Documents) -> Collection[Document]:
    return db[f"{BUCKET}.files"]


def _chunks(db: Documents) -> Collection[Document]:
    return db[f"{BUCKET}.chunks"]


@raising_unavailable()
def stored(db: Documents) -> set[str]:
    """Return the ids of the exports whose files are here."""
    return {one["_id"] for one in _files(db).find({}, {"_id": 1})}


@raising_unavailable()
def copy(source: Documents, target: Documents, export_id: str) -> None:
    """Copy the file of an export from another MongoDB; nothing when it was deleted there."""
    try:
        stream = _bucket(source).open_download_stream(export_id)
    except NoFile:
        return
    _chunks(target).delete_many({"files_id": export_id})
    _bucket(target).upload_from_stream_with_id(export_id, stream.filename, stream)
