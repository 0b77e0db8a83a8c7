"""The file of Kafka's records that ClickHouse did not have: `backlog.lz4`, one lz4 frame.

Little endian. It begins with the bytes ``QLBACKLOG1``; each record follows as

    u32 length of the rest of the record
    u32 partition, u64 offset, i64 milliseconds since 1970 when it was written to Kafka
    u16 number of headers; of each: u16 length of the name, u32 length of the value, name, value
    the record's value, up to the end

A telemetry record always has a value and never a key (qlines/telemetry_record.py).
"""

import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, NamedTuple

import lz4.frame

from backup.errors import BackupError

FILE = "backlog.lz4"
MAGIC = b"QLBACKLOG1"
LENGTH = struct.Struct("<I")
RECORD = struct.Struct("<IQqH")
HEADER = struct.Struct("<HI")


class BacklogRecord(NamedTuple):
    """One record; *written_ms* is when it was written to Kafka, in milliseconds since 1970."""

    partition: int
    offset: int
    written_ms: int
    headers: list[tuple[str, bytes]]
    value: bytes


def write(folder: Path, records: Iterable[BacklogRecord]) -> int:
    """Write the file, and return how many records; memory holds one at a time."""
    count = 0
    with lz4.frame.open(folder / FILE, "wb") as file:
        file.write(MAGIC)
        for record in records:
            text = _encode(record)
            file.write(LENGTH.pack(len(text)) + text)
            count += 1
    return count


def read(folder: Path) -> Iterator[BacklogRecord]:
    """Yield the records in the order of the file; raise BackupError when it is not complete."""
    path = folder / FILE
    try:
        with lz4.frame.open(path, "rb") as file:
            if _exactly(file, len(MAGIC)) != MAGIC:
                raise ValueError(f"it does not begin with {MAGIC!r}")
            while length := file.read(LENGTH.size):
                yield _decode(_exactly(file, LENGTH.unpack(length)[0]))
    except (OSError, EOFError, RuntimeError, struct.error, ValueError) as error:
        raise BackupError(f"the file {path} is not a backlog of Kafka's: {error}") from error


def _encode(record: BacklogRecord) -> bytes:
    fields = (record.partition, record.offset, record.written_ms, len(record.headers))
    pieces = [RECORD.pack(*fields)]
    for name, value in record.headers:
        pieces += [HEADER.pack(len(name.encode()), len(value)), name.encode(), value]
    return b"".join([*pieces, record.value])


def _decode(text: bytes) -> BacklogRecord:
    partition, offset, written_ms, count = RECORD.unpack_from(text)
    headers, at = [], RECORD.size
    for _ in range(count):
        name_bytes, value_bytes = HEADER.unpack_from(text, at)
        at += HEADER.size
        name = text[at : at + name_bytes].decode()
        headers.append((name, text[at + name_bytes : at + name_bytes + value_bytes]))
        at += name_bytes + value_bytes
    return BacklogRecord(partition, offset, written_ms, headers, text[at:])


def _exactly(file: IO[bytes], length: int) -> bytes:
    found = file.read(length)
    if len(found) != length:
        raise EOFError(f"{length} bytes are missing at its end")
    return found
