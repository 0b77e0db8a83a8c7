"""Ask a program of this container by TCP: connect, send, read, with a limit on the time."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

HOST = "127.0.0.1"


class ProbeError(Exception):
    """The program did not answer as it should; the text completes "it runs, but …"."""


class ProbeTimeoutError(ProbeError):
    """The program took the connection and said nothing in time: perhaps it is only busy."""


@contextmanager
def connection(port: int, timeout_seconds: float) -> Iterator[socket.socket]:
    """Give a connection to the port; turn what goes wrong on it into ProbeError."""
    try:
        with socket.create_connection((HOST, port), timeout_seconds) as sock:
            yield sock
    except TimeoutError:
        raise ProbeTimeoutError(f"says nothing on port {port}") from None
    except ConnectionRefusedError:
        raise ProbeError(f"port {port} is closed") from None
    except OSError as error:
        raise ProbeError(f"breaks the connection to port {port}: {error}") from None


def read_exactly(sock: socket.socket, size: int) -> bytes:
    """Read that many bytes; raise ProbeError when the other side ends before."""
    data = b""
    while len(data) < size:
        more = sock.recv(size - len(data))
        if not more:
            raise ProbeError("ends the connection instead of an answer")
        data += more
    return data
