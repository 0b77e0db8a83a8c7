"""Connect to a program of this container by TCP, and turn what fails into ProbeError."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager

HOST = "127.0.0.1"


class ProbeError(Exception):
    """The program gave no good answer; the text completes "it has been running for 80 s, but …"."""


class ProbeTimeoutError(ProbeError):
    """The program accepted the connection and did not answer in time: it may only be busy."""


class BlockedError(ProbeError):
    """The program does its work, and cannot succeed while something else is not well."""

    def __init__(self, blocked_by: str, sentence: str) -> None:
        super().__init__(sentence)
        self.blocked_by = blocked_by


@contextmanager
def connection(port: int, timeout_seconds: float) -> Iterator[socket.socket]:
    """Yield a connection to *port*; raise ProbeError for whatever fails on it."""
    with explained(port), socket.create_connection((HOST, port), timeout_seconds) as sock:
        yield sock


@contextmanager
def explained(port: int) -> Iterator[None]:
    """Turn whatever fails on a connection to *port* into a ProbeError that says what it means."""
    try:
        yield
    except TimeoutError:
        raise ProbeTimeoutError(f"does not answer on port {port}") from None
    except ConnectionRefusedError:
        raise ProbeError(f"port {port} is closed") from None
    except OSError as error:
        raise ProbeError(f"the connection to port {port} failed: {error}") from None


def read_exactly(sock: socket.socket, size: int) -> bytes:
    """Return *size* bytes; raise ProbeError when the connection ends before."""
    data = b""
    while len(data) < size:
        more = sock.recv(size - len(data))
        if not more:
            raise ProbeError("closes the connection instead of answering")
        data += more
    return data
