"""Ask MongoDB ``hello``: OP_MSG with one BSON document.

Formats: https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/#op_msg and
https://bsonspec.org/spec.html. pymongo would cost the checker 20 MB.
"""

import socket
import struct

from healthcheck.probes.connection import ProbeError, connection, read_exactly

OP_MSG = 2013


def request(command: bytes, excluded: tuple[bytes, ...] = ()) -> bytes:
    """Return the message {command: 1, …: 0, "$db": "admin"}, with a zero for each *excluded*."""
    # int32 elements (0x10), and a string (0x02)
    numbers = [(command, 1), *((name, 0) for name in excluded)]
    elements = b"".join(b"\x10" + name + struct.pack("<xi", value) for name, value in numbers)
    elements += b"\x02$db\x00\x06\x00\x00\x00admin\x00" + b"\x00"
    document = struct.pack("<i", len(elements) + 4) + elements
    body = struct.pack("<IB", 0, 0) + document  # flags, section kind 0
    return struct.pack("<iiii", len(body) + 16, 1, 0, OP_MSG) + body


REQUEST = request(b"hello")
# The element of the reply: a boolean (0x08) of this name, then its one byte.
_PRIMARY = b"\x08isWritablePrimary\x00"
MAX_REPLY_BYTES = 1_000_000


def probe(port: int, timeout_seconds: float) -> str:
    """Return "is primary"; raise ProbeError while the member cannot be written to."""
    with connection(port, timeout_seconds) as sock:
        return judge(ask(sock, REQUEST))


def ask(sock: socket.socket, message: bytes) -> bytes:
    """Send a message and return the reply without its size; raise ProbeError when it is invalid."""
    sock.sendall(message)
    (size,) = struct.unpack("<i", read_exactly(sock, 4))
    if not 16 < size < MAX_REPLY_BYTES:
        raise ProbeError("answers with something that is not MongoDB's protocol")
    return read_exactly(sock, size - 4)


def judge(reply: bytes) -> str:
    """Return a sentence if the member is the primary; raise ProbeError otherwise."""
    position = reply.find(_PRIMARY)
    if position < 0:
        raise ProbeError("answers hello without saying whether it can be written to")
    if reply[position + len(_PRIMARY)] != 1:
        raise ProbeError("answers, but is not the primary of its replica set yet")
    return "is primary"
