"""A dump's files in mongodump's layout: ``<database>/<collection>.bson`` and ``.metadata.json``.

The first is the collection's documents one after the other, the second its options and indexes in
canonical extended JSON. mongorestore reads both, and so does any program with a BSON library.
"""

import struct
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from bson import decode_file_iter, json_util
from bson.codec_options import CodecOptions
from bson.errors import BSONError
from bson.raw_bson import RawBSONDocument

from backup.errors import BackupError

Raw = RawBSONDocument
DOCUMENTS, METADATA = ".bson", ".metadata.json"
RAW = CodecOptions(document_class=RawBSONDocument)
CANONICAL = json_util.JSONOptions(json_mode=json_util.JSONMode.CANONICAL, tz_aware=True)
# What mongodump leaves as it is in a file's name; it escapes the rest as in an address.
UNESCAPED = "$&+:=@"
MAX_BATCH_DOCUMENTS = 1000
MAX_BATCH_BYTES = 4 * 1024 * 1024
LENGTH = struct.Struct("<i")
AGAIN = "choose an older backup, or run `qlines backup verify`"


class Collection(NamedTuple):
    """A collection without its documents; *uuid* is 32 hexadecimal digits."""

    name: str
    options: dict[str, Any]
    indexes: list[dict[str, Any]]
    uuid: str


def documents_file(folder: Path, name: str) -> Path:
    """Return the file with the documents of the collection *name*."""
    return folder / (quote(name, safe=UNESCAPED) + DOCUMENTS)


def count_documents(batch: bytes) -> int:
    """Return how many documents stand one after the other in *batch*, each after its length."""
    count = at = 0
    while at < len(batch):
        at += LENGTH.unpack_from(batch, at)[0]
        count += 1
    return count


def write_metadata(folder: Path, collection: Collection) -> None:
    """Write the options and indexes as mongodump does."""
    metadata = {
        "options": collection.options,
        "indexes": collection.indexes,
        "uuid": collection.uuid,
        "collectionName": collection.name,
        "type": "collection",
    }
    file = folder / (quote(collection.name, safe=UNESCAPED) + METADATA)
    file.write_text(json_util.dumps(metadata, json_options=CANONICAL))


def database_folder(folder: Path) -> Path:
    """Return the folder of the dump's one database; raise BackupError when there is not one."""
    databases = sorted(path for path in folder.glob("*") if path.is_dir())
    if len(databases) != 1:
        names = ", ".join(path.name for path in databases) or "none"
        raise BackupError(
            f"a dump of MongoDB must hold one database, {folder} has {names}: {AGAIN}"
        )
    return databases[0]


def read_collections(database: Path) -> list[Collection]:
    """Return every collection of a dump by name; raise BackupError when it is incomplete."""
    described = {file.name.removesuffix(METADATA) for file in database.glob(f"*{METADATA}")}
    stored = {file.name.removesuffix(DOCUMENTS) for file in database.glob(f"*{DOCUMENTS}")}
    if not described or described != stored:
        odd = ", ".join(sorted(described ^ stored)) or "no collection at all"
        raise BackupError(
            f"a dump of MongoDB must hold documents and metadata of each collection, {database}"
            f" has only one of them for: {odd}; {AGAIN}"
        )
    return [_read_metadata(database / (name + METADATA)) for name in sorted(described)]


def _read_metadata(file: Path) -> Collection:
    try:
        metadata: Mapping[str, Any] = json_util.loads(file.read_text(), json_options=CANONICAL)
        return Collection(
            metadata["collectionName"],
            metadata.get("options", {}),
            metadata["indexes"],
            metadata.get("uuid", ""),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupError(f"{file} is corrupt ({error!r}): {AGAIN}") from error


def read_documents(database: Path, name: str) -> Iterator[Raw]:
    """Yield the documents of a collection; raise BackupError when the file is cut off."""
    file = documents_file(database, name)
    try:
        with file.open("rb") as opened:
            yield from decode_file_iter(opened, RAW)
    except BSONError as error:
        raise BackupError(f"{file} is cut off or corrupt ({error}): {AGAIN}") from error
    except FileNotFoundError:
        raise BackupError(f"{file} is missing: {AGAIN}") from None


def in_batches(documents: Iterator[Raw]) -> Iterator[list[Raw]]:
    """Yield the documents in lists that bound the memory they take."""
    batch: list[Raw] = []
    size = 0
    for document in documents:
        batch.append(document)
        size += len(document.raw)
        if len(batch) >= MAX_BATCH_DOCUMENTS or size >= MAX_BATCH_BYTES:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch
