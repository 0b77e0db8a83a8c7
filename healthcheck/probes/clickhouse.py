"""Ask ClickHouse ``SELECT 1`` by its native protocol, as a client of an old revision.

The format is that of the server's TCPHandler.cpp; a client that calls itself revision 51000
leaves out all that came later (client info, settings with flags), and 18.16 as well
as today's server answer it. clickhouse-driver would cost the checker 20 MB.
"""

import socket

from healthcheck.probes.connection import ProbeError, connection, read_exactly

REVISION = 51_000
CLIENT_HELLO, CLIENT_QUERY, CLIENT_DATA = 0, 1, 2
SERVER_HELLO, SERVER_DATA, SERVER_EXCEPTION = 0, 1, 2
STAGE_COMPLETE = 2
END_OF_STREAM = b"\x05"
# Field 1: no overflow; field 2: no bucket (-1); the end.
BLOCK_INFO = b"\x01\x00\x02\xff\xff\xff\xff\x00"


def varint(number: int) -> bytes:
    """Write a number as LEB128, seven bits a byte."""
    written = b""
    while number > 0x7F:
        written += bytes([number & 0x7F | 0x80])
        number >>= 7
    return written + bytes([number])


def text(string: str) -> bytes:
    """Write a string with its length before it."""
    data = string.encode()
    return varint(len(data)) + data


HELLO = (
    varint(CLIENT_HELLO) + text("healthcheck") + varint(1) + varint(0) + varint(REVISION)
    + text("default") + text("default") + text("")
)  # fmt: skip
QUERY = (
    varint(CLIENT_QUERY) + text("") + text("")  # query id; no settings
    + varint(STAGE_COMPLETE) + varint(0) + text("SELECT 1")
    + varint(CLIENT_DATA) + text("") + BLOCK_INFO + varint(0) + varint(0)  # no external tables
)  # fmt: skip


def probe(port: int, timeout_seconds: float) -> str:
    """Return that the query was answered."""
    with connection(port, timeout_seconds) as sock:
        sock.sendall(HELLO)
        name = _read_hello(sock)
        sock.sendall(QUERY)
        judge(read_exactly(sock, 1)[0])
        _read_to_the_end(sock)
        return f"answers SELECT 1 ({name})"


def judge(packet: int) -> None:
    """Accept a packet of data as the first answer."""
    if packet == SERVER_EXCEPTION:
        raise ProbeError("answers SELECT 1 with an exception")
    if packet != SERVER_DATA:
        raise ProbeError(f"answers SELECT 1 with a packet of kind {packet}")


def _read_to_the_end(sock: socket.socket) -> None:
    """Read on: the server logs an error with a stack trace for a client that goes too early."""
    last = b""
    while last[-1:] != END_OF_STREAM:
        last = sock.recv(4096)
        if not last:
            raise ProbeError("ends the connection in the middle of an answer")


def _read_hello(sock: socket.socket) -> str:
    packet = read_exactly(sock, 1)[0]
    if packet != SERVER_HELLO:
        raise ProbeError("refuses the sign-in of user default")
    name = read_exactly(sock, _read_varint(sock)).decode(errors="replace")
    major, minor, _revision = (_read_varint(sock) for _ in range(3))
    return f"{name} {major}.{minor}"


def _read_varint(sock: socket.socket) -> int:
    number = 0
    for shift in range(0, 35, 7):
        byte = read_exactly(sock, 1)[0]
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number
    raise ProbeError("answers with something that is not ClickHouse's protocol")
