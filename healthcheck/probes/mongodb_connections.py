"""Ask MongoDB how many connections are open: ``serverStatus`` without its large sections."""

import struct

from healthcheck.probes import mongodb
from healthcheck.probes.connection import ProbeError, connection

# Sections that are sent unless they are excluded; without them the reply is 8 kB instead of 40.
EXCLUDED = (b"metrics", b"wiredTiger", b"locks", b"transactions", b"tcmalloc", b"opLatencies")
REQUEST = mongodb.request(b"serverStatus", excluded=EXCLUDED)
# An embedded document (0x03) of this name, and in it the int32 (0x10) of that name.
_CONNECTIONS, _CURRENT = b"\x03connections\x00", b"\x10current\x00"


def connections(port: int, timeout_seconds: float) -> int:
    """Return the number of open connections; raise ProbeError when MongoDB gives no answer."""
    with connection(port, timeout_seconds) as sock:
        return read(mongodb.ask(sock, REQUEST))


def read(reply: bytes) -> int:
    """Return the number in the reply; raise ProbeError when it has none."""
    section = reply.find(_CONNECTIONS)
    position = reply.find(_CURRENT, section)
    if section < 0 or position < 0:
        raise ProbeError("answers serverStatus without the number of connections")
    (current,) = struct.unpack_from("<i", reply, position + len(_CURRENT))
    return int(current)
