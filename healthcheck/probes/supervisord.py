"""Ask supervisord what runs, by XML-RPC over its Unix socket; notice by psutil what has ended."""

import http.client
import socket
import xmlrpc.client
from collections.abc import Iterable
from pathlib import Path
from typing import Any, cast

import psutil

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


def processes(path: Path) -> dict[str, Process]:
    """Return every program that supervisord knows, by name.

    Raise SupervisordError when it does not answer, ShutdownError once it is stopping.
    """
    transport = _UnixTransport(path)
    try:
        with xmlrpc.client.ServerProxy("http://localhost", transport=transport) as proxy:
            answer = cast("list[dict[str, Any]]", proxy.supervisor.getAllProcessInfo())
    except xmlrpc.client.Fault as fault:
        if fault.faultCode == SHUTDOWN_STATE:
            raise ShutdownError("supervisord is stopping everything") from None
        raise SupervisordError(f"supervisord answers with {fault.faultString}") from None
    except (OSError, xmlrpc.client.Error, http.client.HTTPException) as error:
        raise SupervisordError(f"supervisord does not answer on {path}: {error}") from None
    return read(answer)


def read(answer: Iterable[dict[str, Any]]) -> dict[str, Process]:
    """Convert supervisord's process information (http://supervisord.org/api.html)."""
    return {
        info["name"]: Process(
            state=info["statename"],
            pid=info["pid"],
            started_at=float(info["start"]),
            exit_status=info["exitstatus"],
            spawn_error=info["spawnerr"],
        )
        for info in answer
    }


class RunningProcesses:
    """The processes that ran a moment ago; asking whether they still do takes microseconds."""

    def __init__(self) -> None:
        self._processes: list[psutil.Process] = []
        self._one_is_gone = False

    def remember(self, pids: Iterable[int]) -> None:
        """Remember these processes instead of those before; one that has ended is noted."""
        self._processes = []
        self._one_is_gone = False
        for pid in pids:
            try:
                self._processes.append(psutil.Process(pid))
            except psutil.NoSuchProcess:
                self._one_is_gone = True

    def all_run(self) -> bool:
        """Return whether each still runs, as the same process and not another with its id."""
        return not self._one_is_gone and all(process.is_running() for process in self._processes)
