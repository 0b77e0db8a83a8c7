"""Send Kafka ``ApiVersions``, the request that every client sends first.

Format: https://kafka.apache.org/protocol (request header 1, ApiVersions version 0). The broker's
listener accepts requests only after the broker has joined its cluster.
"""

import struct

from healthcheck.probes.connection import ProbeError, connection, read_exactly

API_VERSIONS = 18
CLIENT = b"healthcheck"
_REQUEST = struct.pack(f">hhih{len(CLIENT)}s", API_VERSIONS, 0, 1, len(CLIENT), CLIENT)
REQUEST = struct.pack(">i", len(_REQUEST)) + _REQUEST


def probe(port: int, timeout_seconds: float) -> str:
    """Return that the broker accepts requests; raise ProbeError otherwise."""
    with connection(port, timeout_seconds) as sock:
        sock.sendall(REQUEST)
        return judge(read_exactly(sock, 10))


def judge(reply: bytes) -> str:
    """Return a sentence for an ApiVersions response without an error; raise ProbeError otherwise.

    *reply* is its first ten bytes: size, correlation id and error code, big endian.
    """
    _size, correlation, error = struct.unpack(">iih", reply)
    if correlation != 1 or error != 0:
        raise ProbeError(f"answers ApiVersions with error {error}")
    return "accepts requests"
