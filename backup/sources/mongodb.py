"""MongoDB: all collections as they were at one moment, in mongodump's layout."""

import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from pymongo.client_session import ClientSession
from pymongo.errors import BulkWriteError, OperationFailure, PyMongoError

from backup.counts import Counts
from backup.errors import BackupError
from backup.sources.mongodb_dump import (
    Collection,
    count_documents,
    database_folder,
    documents_file,
    in_batches,
    read_collections,
    read_documents,
    write_metadata,
)
from qlines.clients.mongodb import Documents, connect, raising_unavailable
from qlines.clock import utc_datetime
from qlines.errors import StoreRefusedError, StoreUnavailableError
from qlines.settings import Settings
from qlines.store import commands, ended_mails, restored
from qlines.store.ended_mails import EndedMails
from qlines.store.hidden_owner import HIDDEN_OWNER

log = logging.getLogger(__name__)

# SnapshotTooOld: the moment is no longer in the server's history, which has 300 s of it by default.
# SnapshotUnavailable: an index or an option of a collection changed after the moment.
SNAPSHOT_TOO_OLD, SNAPSHOT_UNAVAILABLE = 239, 246
SENTENCES = {
    SNAPSHOT_TOO_OLD: "the dump of MongoDB must end before its history does (300 s), and it took"
    " longer: run it again when the machine is less busy",
    SNAPSHOT_UNAVAILABLE: "collections and indexes of MongoDB must not change during its dump, and"
    " one did: run it again",
}
# A reply has at most so many documents, and 16 MB: what a dump holds in memory at a time.
REPLY_DOCUMENTS = 1000


def dump(settings: Settings, folder: Path) -> Counts:
    """Write every collection as it was at one moment; return the number of documents by collection.

    Nothing is locked, and one reply of the server is in memory at a time. Raise BackupError without
    any user, since the first admin always exists.
    """
    with _connected(settings, "the dump") as db:
        database = folder / db.name
        database.mkdir()
        collections = _list_collections(db)
        with db.client.start_session(snapshot=True) as snapshot:
            counts = {one.name: _dump(db, one, database, snapshot) for one in collections}
    if not counts.get("users"):
        raise BackupError(
            f"MongoDB must hold at least the first admin, and {db.name}.users is empty:"
            " see whether QLINES_MONGODB names the right database"
        )
    return counts


def hidden(folder: Path) -> Counts:
    """Return how many of the dumped users and devices are the canary's, which nobody sees."""
    database = database_folder(folder)
    owners = {"users": "_id", "devices": "owner"}
    return {
        name: sum(document[field] == HIDDEN_OWNER for document in read_documents(database, name))
        for name, field in owners.items()
    }


def restore(settings: Settings, folder: Path) -> Counts:
    """Load a dump into an empty database; return the number of documents counted there.

    They are counted before the indexes exist: one of them makes MongoDB delete what has expired
    since the dump. Raise BackupError, with nothing changed, when the database has collections or
    the dump is incomplete.
    """
    database = database_folder(folder)
    collections = read_collections(database)
    with _connected(settings, "the restore") as db:
        _require_empty(db)
        for one in collections:
            db.command({"create": one.name, **one.options})
        counts = {one.name: _load(db, one.name, database) for one in collections}
        for one in collections:
            _build_indexes(db, one)
        commands.pass_over_numbers(db)
    return counts


def ended_mails_of(settings: Settings) -> list[EndedMails]:
    """Return whose mails were ended in the MongoDB that is to be replaced; none if it is away."""
    try:
        with _connected(settings, "the restore") as db:
            return ended_mails.read(db)
    except (StoreUnavailableError, BackupError) as error:
        log.info("whose receivers have ended their mails since the backup is not known: %s", error)
        return []


def note_restore(settings: Settings, until_us: int, ended: Sequence[EndedMails]) -> None:
    """Note in a MongoDB that takes the place of another one until when that one was in use.

    So people are not sent what they have had (qlines.store.restored), or have *ended*.
    """
    with _connected(settings, "the restore") as db:
        restored.note(db, utc_datetime(until_us))
        ended_mails.end_again(db, ended)


def skip_reason(info: Mapping[str, Any]) -> str | None:
    """Return why a collection, as listCollections describes it, is not dumped; else None."""
    if info["name"].startswith("system."):
        return "MongoDB makes it itself"
    if info["type"] == "view":
        return "it is a view, which holds no documents"
    if info["type"] != "collection":
        return f"it is a {info['type']} collection, which QLines does not use"
    return None


def _list_collections(db: Documents) -> list[Collection]:
    """Return what is dumped; first, because a snapshot cannot list collections."""
    collections = []
    for info in db.list_collections():
        reason = skip_reason(info)
        if reason:
            log.info("skipped %s.%s: %s", db.name, info["name"], reason)
            continue
        indexes = [dict(index) for index in db[info["name"]].list_indexes()]
        uuid = bytes(info["info"]["uuid"]).hex()
        collections.append(Collection(info["name"], info["options"], indexes, uuid))
    return sorted(collections, key=lambda one: one.name)


def _dump(db: Documents, collection: Collection, database: Path, snapshot: ClientSession) -> int:
    write_metadata(database, collection)
    count = 0
    with documents_file(database, collection.name).open("wb") as file:
        replies = db[collection.name].find_raw_batches(session=snapshot, batch_size=REPLY_DOCUMENTS)
        for reply in cast("Iterable[bytes]", replies):
            file.write(reply)
            count += count_documents(reply)
    return count


def _require_empty(db: Documents) -> None:
    names = db.list_collection_names()
    if names:
        raise BackupError(
            f"a dump of MongoDB is restored into an empty database, and {db.name} has"
            f" {', '.join(sorted(names))}: drop it, or name another one"
        )


def _load(db: Documents, name: str, database: Path) -> int:
    """Insert the documents as they are.

    Past the validator: its level "moderate" leaves documents alone that an older version wrote
    differently, but would refuse to insert them.
    """
    for batch in in_batches(read_documents(database, name)):
        db[name].insert_many(batch, ordered=True, bypass_document_validation=True)
    return db[name].count_documents({})


def _build_indexes(db: Documents, collection: Collection) -> None:
    indexes = [index for index in collection.indexes if index["name"] != "_id_"]
    if indexes:
        db.command({"createIndexes": collection.name, "indexes": indexes})


@contextmanager
def _connected(settings: Settings, verb: str) -> Iterator[Documents]:
    """Yield the database; raise StoreUnavailableError and BackupError for pymongo's errors."""
    db = connect(settings.mongodb)
    try:
        with raising_unavailable():
            yield db
    except StoreRefusedError as error:
        raise BackupError(f"{verb} failed: {error}") from error
    except PyMongoError as error:
        code = getattr(error, "code", None) or 0
        sentence = SENTENCES.get(code, f"MongoDB refused {verb}: {reason(error)}")
        raise BackupError(sentence) from error
    finally:
        db.client.close()


def reason(error: PyMongoError) -> str:
    """Return MongoDB's reason without the documents it quotes: they hold tokens and hashes."""
    details: Mapping[str, Any] = {}
    if isinstance(error, OperationFailure):
        details = error.details or {}
    if isinstance(error, BulkWriteError):
        failed = details.get("writeErrors") or details.get("writeConcernErrors") or [{}]
        details = failed[0]
    text = str(details.get("errmsg") or type(error).__name__)
    return text.partition(" dup key:")[0]
