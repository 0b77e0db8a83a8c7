"""Ask Kafka how many records the writer has not committed yet: OffsetFetch and ListOffsets.

Format: https://kafka.apache.org/protocol (request header 1, OffsetFetch version 2, ListOffsets
version 1, the oldest that Kafka 4 accepts). The only broker is the group's coordinator, so it is
asked directly. kafka-python would cost the checker 15 MB.
"""

import socket
import struct
from collections.abc import Iterable, Iterator

from healthcheck.probes.connection import ProbeError, connection, read_exactly

LIST_OFFSETS, OFFSET_FETCH = 2, 9
CLIENT = b"healthcheck"
# A test compares them with qlines.telemetry_record, whose imports the checker does not need.
TOPIC, GROUP = b"telemetry", b"writer"
ALL_TOPICS, NO_REPLICA, END_OF_PARTITION = -1, -1, -1
MAX_REPLY_BYTES = 100_000


def backlog(port: int, timeout_seconds: float) -> int:
    """Return how many records follow the writer's last commit; raise ProbeError otherwise."""
    with connection(port, timeout_seconds) as sock:
        committed = read_committed(ask(sock, OFFSET_FETCH, 2, offset_fetch()))
        ends = read_ends(ask(sock, LIST_OFFSETS, 1, list_offsets(committed)))
    return sum(max(0, end - committed[partition]) for partition, end in ends.items())


def ask(sock: socket.socket, api: int, version: int, body: bytes) -> bytes:
    """Send one request and return the body of its response."""
    request = struct.pack(">hhi", api, version, 1) + _text(CLIENT) + body
    sock.sendall(struct.pack(">i", len(request)) + request)
    size, correlation = struct.unpack(">ii", read_exactly(sock, 8))
    if correlation != 1 or not 4 <= size <= MAX_REPLY_BYTES:
        raise ProbeError("answers with something that is not Kafka's protocol")
    return read_exactly(sock, size - 4)


def offset_fetch() -> bytes:
    """Return the body of the request for everything that the writer's group has committed."""
    return _text(GROUP) + struct.pack(">i", ALL_TOPICS)


def list_offsets(partitions: Iterable[int]) -> bytes:
    """Return the body of the request for the end of each partition of the topic."""
    asked = [struct.pack(">iq", number, END_OF_PARTITION) for number in partitions]
    head = struct.pack(">ii", NO_REPLICA, 1) + _text(TOPIC) + struct.pack(">i", len(asked))
    return head + b"".join(asked)


def read_committed(body: bytes) -> dict[int, int]:
    """Return the committed offset of each partition; raise ProbeError when cut off."""
    committed = {}
    reply = _Reply(body)
    for topic in reply.topics():
        for _ in range(reply.number(">i")):
            partition, offset = reply.number(">i"), reply.number(">q")
            reply.text()  # the consumer's own note
            error = reply.number(">h")
            if topic == TOPIC and error == 0 and offset >= 0:
                committed[partition] = offset
    return committed


def read_ends(body: bytes) -> dict[int, int]:
    """Return the end of each partition; raise ProbeError when cut off."""
    ends = {}
    reply = _Reply(body)
    for _ in reply.topics():
        for _ in range(reply.number(">i")):
            partition, error = reply.number(">i"), reply.number(">h")
            reply.number(">q")  # the time of a record, which was not asked for
            end = reply.number(">q")
            if error == 0:
                ends[partition] = end
    return ends


class _Reply:
    """The fields of a response, read one after the other."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self._at = 0

    def number(self, form: str) -> int:
        """Return the next number; *form* is its format for struct."""
        try:
            (value,) = struct.unpack_from(form, self._body, self._at)
        except struct.error:
            raise ProbeError("gives an answer that ends early") from None
        self._at += struct.calcsize(form)
        return int(value)

    def text(self) -> bytes:
        """Return the next text; an absent one is empty."""
        length = max(0, self.number(">h"))
        self._at += length
        return self._body[self._at - length : self._at]

    def topics(self) -> Iterator[bytes]:
        """Yield the name of each topic; its partitions follow."""
        for _ in range(self.number(">i")):
            yield self.text()


def _text(value: bytes) -> bytes:
    return struct.pack(">h", len(value)) + value
