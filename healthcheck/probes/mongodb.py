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
# Elements of the reply: booleans (0x08) with one byte after the name, and an array (0x04), whose
# second element is a string (0x02) with the name 1.
_PRIMARY = b"\x08isWritablePrimary\x00"
_SECONDARY = b"\x08secondary\x00\x01"
_HOSTS = b"\x04hosts\x00"
_SECOND_HOST = b"\x021\x00"
MAX_REPLY_BYTES = 1_000_000


def probe(port: int, timeout_seconds: float) -> str:
    """Return "is primary", of twins also "is secondary"; raise ProbeError while it is neither."""
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
    """Return a sentence if the member is the primary, or a secondary of twins; else ProbeError.

    The secondary of a set that has no other member cannot be written to by anybody. With twins the
    report says separately which side is active.
    """
    position = reply.find(_PRIMARY)
    if position < 0:
        raise ProbeError("answers hello without saying whether it can be written to")
    if _SECONDARY in reply and _has_several_members(reply):
        return "is secondary"
    if reply[position + len(_PRIMARY)] != 1:
        raise ProbeError("answers, but is not the primary of its replica set yet")
    return "is primary"


def _has_several_members(reply: bytes) -> bool:
    position = reply.find(_HOSTS)
    if position < 0:
        return False
    start = position + len(_HOSTS)
    (size,) = struct.unpack_from("<i", reply, start)
    return _SECOND_HOST in reply[start : start + size]
