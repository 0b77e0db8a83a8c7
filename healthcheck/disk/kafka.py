"""Delete what Kafka retains of the topic beyond need: every record that ClickHouse has.

Format: https://kafka.apache.org/protocol, OffsetFetch version 2 and DeleteRecords version 0, both
before the flexible versions. Lowering the topic's retention would delete by size, stored or not;
this deletes up to an offset that the writer committed, and never what ClickHouse does not have.
"""

import json
import struct
from collections.abc import Iterator

from healthcheck.probes.connection import connection, read_exactly
from qlines.telemetry_record import TOPIC, WRITER_GROUP

OFFSET_FETCH, DELETE_RECORDS = 9, 21
ALL_TOPICS = -1
TIMEOUT_SECONDS = 10.0


class AnswerError(Exception):
    """Kafka refused a request."""


def delete_stored_records(port: int) -> None:
    """Delete the stored records; raise AnswerError or ProbeError when Kafka does not."""
    request = _text(WRITER_GROUP) + struct.pack(">i", ALL_TOPICS)
    offsets = committed_offsets(_ask(port, OFFSET_FETCH, 2, request))
    if offsets:
        check_deleted(_ask(port, DELETE_RECORDS, 0, delete_request(offsets)))


def committed_offsets(answer: bytes) -> dict[int, int]:
    """Return up to which offset each partition of the topic is safe in ClickHouse."""
    reader = _Reader(answer)
    offsets = {}
    for topic in reader.topics():
        for _ in range(reader.number("i")):
            index, committed = reader.number("i"), reader.number("q")
            offset = safe_offset(committed, reader.text())
            reader.raise_for(reader.number("h"))
            if topic == TOPIC and offset > 0:
                offsets[index] = offset
    reader.raise_for(reader.number("h"))
    return offsets


def safe_offset(committed: int, note: str) -> int:
    """Return the commit of 90 s earlier, from which the writer reads again after a power cut.

    It is in the note of each commit (qlines/writer/rewind.py), but for those of older programs.
    """
    try:
        _boot_id, safe, _at = json.loads(note)
        return min(committed, int(safe))
    except (ValueError, TypeError):
        return committed


def delete_request(offsets: dict[int, int]) -> bytes:
    """Return the body of DeleteRecords for the records before these offsets."""
    parts = b"".join(struct.pack(">iq", *item) for item in offsets.items())
    count = struct.pack(">i", len(offsets))
    timeout_ms = struct.pack(">i", round(TIMEOUT_SECONDS * 1000))
    return struct.pack(">i", 1) + _text(TOPIC) + count + parts + timeout_ms


def check_deleted(answer: bytes) -> None:
    """Raise AnswerError when a partition's records were not deleted."""
    reader = _Reader(answer)
    reader.number("i")  # how long it throttled this client
    for _topic in reader.topics():
        for _ in range(reader.number("i")):
            reader.number("i")
            reader.number("q")
            reader.raise_for(reader.number("h"))


def _ask(port: int, key: int, version: int, body: bytes) -> bytes:
    """Return the body of the answer, after its correlation id."""
    request = struct.pack(">hhi", key, version, 1) + _text("healthcheck") + body
    with connection(port, TIMEOUT_SECONDS) as sock:
        sock.sendall(struct.pack(">i", len(request)) + request)
        (size,) = struct.unpack(">i", read_exactly(sock, 4))
        return read_exactly(sock, size)[4:]


def _text(text: str) -> bytes:
    return struct.pack(">h", len(text)) + text.encode()


class _Reader:
    """Reads an answer from front to back."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def number(self, kind: str) -> int:
        (number,) = struct.unpack_from(f">{kind}", self._data, self._at)
        self._at += struct.calcsize(kind)
        return int(number)

    def text(self) -> str:
        size = max(0, self.number("h"))
        self._at += size
        return self._data[self._at - size : self._at].decode()

    def topics(self) -> Iterator[str]:
        for _ in range(self.number("i")):
            yield self.text()

    def raise_for(self, error: int) -> None:
        if error:
            raise AnswerError(f"Kafka answers with error {error}")
