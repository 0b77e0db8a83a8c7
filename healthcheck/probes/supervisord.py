"""Ask supervisord what runs, by XML-RPC over its Unix socket."""

import http.client
import socket
import xmlrpc.client
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, cast

from healthcheck.observations import Process

TIMEOUT_SECONDS = 5.0
SHUTDOWN_STATE = 6  # supervisor.xmlrpc.Faults


class SupervisordError(Exception):
    """supervisord does not answer on its socket."""


class ShutdownError(Exception):
    """supervisord is stopping everything and answers no more requests."""


class _UnixConnection(http.client.HTTPConnection):
    """An HTTP connection over a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=TIMEOUT_SECONDS)
        self._path = path

    def connect(self) -> None:
        """Connect to the Unix socket instead of a host and port."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(TIMEOUT_SECONDS)
        self.sock.connect(str(self._path))


class _UnixTransport(xmlrpc.client.Transport):
    """XML-RPC over that connection, a new one for each request."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        """Return a new connection: supervisord closes idle ones without notice."""
        return _UnixConnection(self._path)


def processes(path: Path, now: float) -> dict[str, Process]:
    """Return every program that supervisord knows, by name; *now* is the monotonic clock's.

    Raise SupervisordError when it does not answer, ShutdownError once it is stopping.
    """
    with _calling(path) as proxy:
        return read(cast("list[dict[str, Any]]", proxy.supervisor.getAllProcessInfo()), now)


def end_container(path: Path, program: str, reason: str) -> None:
    """Ask `appliance.shared.supervise.ending` to end the container for *program*'s sake.

    Raise SupervisordError when it does not answer, ShutdownError once it is stopping.
    """
    with _calling(path) as proxy:
        proxy.ending.end(program, reason)


@contextmanager
def _calling(path: Path) -> Iterator[xmlrpc.client.ServerProxy]:
    """Lend a proxy for one call, and convert its errors."""
    transport = _UnixTransport(path)
    try:
        with xmlrpc.client.ServerProxy("http://localhost", transport=transport) as proxy:
            yield proxy
    except xmlrpc.client.Fault as fault:
        if fault.faultCode == SHUTDOWN_STATE:
            raise ShutdownError("supervisord is stopping everything") from None
        raise SupervisordError(f"supervisord answers with {fault.faultString}") from None
    except (OSError, xmlrpc.client.Error, http.client.HTTPException) as error:
        raise SupervisordError(f"supervisord does not answer on {path}: {error}") from None


def read(answer: Iterable[dict[str, Any]], now: float) -> dict[str, Process]:
    """Convert supervisord's process information (http://supervisord.org/api.html).

    Its times are of the wall clock in whole seconds; only their difference is used.
    """
    return {
        info["name"]: Process(
            state=info["statename"],
            pid=info["pid"],
            started_at=now - max(0.0, float(info["now"] - info["start"])),
            exit_status=info["exitstatus"],
            spawn_error=info["spawnerr"],
        )
        for info in answer
    }
