"""Ask a program of this container by TCP: connect, send, read, with a limit on the time."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

HOST = "127.0.0.1"
TIMEOUT_SECONDS = 2.0


class ProbeError(Exception):
    """The program did not answer as it should; the text completes "it runs, but …"."""


class ProbeTimeoutError(ProbeError):
    """The program took the connection and said nothing in time: perhaps it is only busy."""


@contextmanager
def connection(port: int) -> Iterator[socket.socket]:
    """Give a connection to the port; turn what goes wrong on it into ProbeError."""
    try:
        with socket.create_connection((HOST, port), TIMEOUT_SECONDS) as sock:
            yield sock
    except TimeoutError:
        raise ProbeTimeoutError(
            f"says nothing on port {port} for {TIMEOUT_SECONDS:.0f} s"
        ) from None
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
