"""Make the collections of one MongoDB those of another, while the first one is in use.

`complete` compares a collection's documents byte by byte and writes those that differ: a copy that
was killed continues, and one that is complete costs reading alone. `Changes` brings over what is
changed in the meantime. Every function raises StoreUnavailableError when a MongoDB does not answer.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bson import CodecOptions, decode_all
from bson.raw_bson import RawBSONDocument
from pymongo import DeleteOne, ReplaceOne
from pymongo.collection import Collection
from pymongo.errors import BulkWriteError, OperationFailure

from qlines.clients.mongodb import Documents, raising_unavailable
from qlines.store.bulk import DUPLICATE_KEY, rejections
from qlines.store.export_store import BUCKET
from qlines.store.mongo_schema import RULES

RAW: Any = CodecOptions(document_class=RawBSONDocument, tz_aware=True)
REPLY_DOCUMENTS = 1_000  # and 16 MB at most: what is in memory at a time
MAX_EVENTS = 1_000
AWAIT_MS = 10  # how long a request for changes waits for one
EMPTY = "d41d8cd98f00b204e9800998ecf8427e"  # the checksum of a collection without documents
# What nodes tell each other and what devices are sent of the moment, who does what at the moment,
# and files, which are copied as such (store/export_store.py).
LEFT_OUT = frozenset(
    {"arrivals", "attribute_changes", "leases", "nodes", f"{BUCKET}.files", f"{BUCKET}.chunks"}
)
OWN = frozenset(rule.name for rule in RULES)
PRESENCE = "presence_"  # of nodes, which no rule names

RawDocuments = Collection[Any]
Write = ReplaceOne[Any] | DeleteOne


@raising_unavailable()
def names(db: Documents) -> list[str]:
    """Return the collections that are copied."""
    found = db.list_collections(filter={"type": "collection"})
    every = {one["name"] for one in found if not one["name"].startswith("system.")}
    return sorted(every - LEFT_OUT)


@raising_unavailable()
def of_others(db: Documents) -> list[str]:
    """Return the collections that are not QLines' and have documents, which a copy would delete."""
    others = [name for name in names(db) if name not in OWN and not name.startswith(PRESENCE)]
    return [name for name in others if db[name].find_one({}, {"_id": 1})]


@raising_unavailable()
def differing(source: Documents, target: Documents) -> list[str]:
    """Return the collections that differ; all of them when a server does not compute checksums."""
    wanted = sorted({*names(source), *names(target)})
    try:
        own, other = _checksums(source, wanted), _checksums(target, wanted)
    except OperationFailure:
        return wanted
    return [name for name in wanted if own.get(name) != other.get(name)]


@raising_unavailable()
def complete(source: Documents, target: Documents, name: str) -> int:
    """Make one collection of *target* that of *source*; return how many documents were written.

    A document that another one keeps from its unique value is left for the next call.
    """
    _copy_indexes(source, target, name)
    into = _raw(target, name)
    written, after = 0, None
    for documents in _replies(_raw(source, name)):
        last = documents[-1]["_id"]
        written += _write(into, _differences(documents, _between(into, after, last)))
        after = last
    extra: list[Write] = [
        DeleteOne({"_id": document["_id"]}) for document in _between(into, after, None)
    ]
    return written + _write(into, extra)


class Changes:
    """What is changed in *source* from now on."""

    @raising_unavailable()
    def __init__(self, source: Documents) -> None:
        self._stream = source.with_options(codec_options=RAW).watch(
            full_document="updateLookup", max_await_time_ms=AWAIT_MS
        )

    @raising_unavailable()
    def apply(self, target: Documents) -> int:
        """Write what has changed since the last call to *target*; return how many changes.

        Raise OperationFailure when MongoDB has forgotten what follows: all must be compared again.
        """
        events = list(self._waiting())
        by_name: dict[str, dict[Any, Write]] = {}
        for event in events:
            if write := write_of(event):
                identity = event["documentKey"]["_id"]
                by_name.setdefault(event["ns"]["coll"], {})[identity] = write
        for name, writes in by_name.items():
            _write(_raw(target, name), list(writes.values()))
        return len(events)

    def close(self) -> None:
        """End the stream."""
        self._stream.close()

    def _waiting(self) -> Iterator[Mapping[str, Any]]:
        for _ in range(MAX_EVENTS):
            event = self._stream.try_next()
            if event is None:
                return
            yield event


def write_of(event: Mapping[str, Any]) -> Write | None:
    """Return what an event asks for; None for a collection that is left out; pure.

    A document that was deleted after its change has no content any more.
    """
    if "documentKey" not in event or event["ns"]["coll"] in LEFT_OUT:
        return None
    identity = {"_id": event["documentKey"]["_id"]}
    document = event.get("fullDocument")
    return ReplaceOne(identity, document, upsert=True) if document else DeleteOne(identity)


def _differences(documents: Iterable[Any], there: Iterable[Any]) -> list[Write]:
    """Return what makes the documents *there* these ones; pure."""
    left = {document["_id"]: document.raw for document in there}
    writes: list[Write] = []
    for document in documents:
        identity = document["_id"]
        if left.pop(identity, None) != document.raw:
            writes.append(ReplaceOne({"_id": identity}, document, upsert=True))
    # First what is gone, which may have the unique value of what is new.
    return [*(DeleteOne({"_id": identity}) for identity in left), *writes]


def _write(collection: RawDocuments, writes: list[Write]) -> int:
    """Write past the validator, which would refuse what an older version wrote differently.

    Documents that stand in each other's way, as two that have exchanged their names, are deleted
    and written again.
    """
    if in_the_way := _write_all(collection, writes):
        identities = [writes[index]._filter["_id"] for index in in_the_way]
        collection.delete_many({"_id": {"$in": identities}})
        _write_all(collection, [writes[index] for index in in_the_way])
    return len(writes)


def _write_all(collection: RawDocuments, writes: list[Write]) -> list[int]:
    """Return the indexes of those whose unique value another document has."""
    if not writes:
        return []
    try:
        collection.bulk_write(writes, ordered=False, bypass_document_validation=True)
    except BulkWriteError as error:
        failed = rejections(error)
        if {one["code"] for one in failed} != {DUPLICATE_KEY}:
            raise
        return [one["index"] for one in failed]
    return []


def _replies(collection: RawDocuments) -> Iterator[list[Any]]:
    for reply in collection.find_raw_batches(sort=[("_id", 1)], batch_size=REPLY_DOCUMENTS):
        if documents := decode_all(reply, RAW):
            yield documents


def _between(collection: RawDocuments, after: Any, last: Any) -> Iterator[Any]:
    limits = {"$gt": after} if after is not None else {}
    limits |= {"$lte": last} if last is not None else {}
    return collection.find({"_id": limits} if limits else {})


def _copy_indexes(source: Documents, target: Documents, name: str) -> None:
    """Give a collection that the schema does not name the indexes that it has in *source*."""
    if name in OWN:
        return
    indexes = [dict(one) for one in source[name].list_indexes() if one["name"] != "_id_"]
    if indexes:
        target.command({"createIndexes": name, "indexes": indexes})


def _checksums(db: Documents, wanted: list[str]) -> dict[str, str]:
    found: dict[str, str] = db.command("dbHash", collections=wanted)["collections"]
    return {name: checksum for name, checksum in found.items() if checksum != EMPTY}


def _raw(db: Documents, name: str) -> RawDocuments:
    return db.get_collection(name, codec_options=RAW)
