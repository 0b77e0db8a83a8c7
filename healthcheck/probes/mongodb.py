"""Ask MongoDB ``hello``: OP_MSG with one BSON document.

Formats: https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/#op_msg and
https://bsonspec.org/spec.html. pymongo would cost the checker 20 MB.
"""

import struct

from healthcheck.probes.connection import ProbeError, connection, read_exactly

OP_MSG = 2013
# {"hello": 1, "$db": "admin"}: an int32 (0x10) and a string (0x02)
_ELEMENTS = b"\x10hello\x00\x01\x00\x00\x00" + b"\x02$db\x00\x06\x00\x00\x00admin\x00" + b"\x00"
_HELLO = struct.pack("<i", len(_ELEMENTS) + 4) + _ELEMENTS
_BODY = struct.pack("<IB", 0, 0) + _HELLO  # flags, section kind 0
REQUEST = struct.pack("<iiii", len(_BODY) + 16, 1, 0, OP_MSG) + _BODY
# The element of the reply: a boolean (0x08) of this name, then its one byte.
_PRIMARY = b"\x08isWritablePrimary\x00"
MAX_REPLY_BYTES = 1_000_000


def probe(port: int, timeout_seconds: float) -> str:
    """Return "is primary"; raise ProbeError while the member cannot be written to."""
    with connection(port, timeout_seconds) as sock:
        sock.sendall(REQUEST)
        (size,) = struct.unpack("<i", read_exactly(sock, 4))
        if not 16 < size < MAX_REPLY_BYTES:
            raise ProbeError("answers hello with something that is not MongoDB's protocol")
        return judge(read_exactly(sock, size - 4))


def judge(reply: bytes) -> str:
    """Return a sentence if the member is the primary; raise ProbeError otherwise."""
    position = reply.find(_PRIMARY)
    if position < 0:
        raise ProbeError("answers hello without saying whether it can be written to")
    if reply[position + len(_PRIMARY)] != 1:
        raise ProbeError("answers, but is not the primary of its replica set yet")
    return "is primary"
