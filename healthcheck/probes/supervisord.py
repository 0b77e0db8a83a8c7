"""Ask supervisord by XML-RPC over its Unix socket what runs; see by psutil that it still does."""

import http.client
import socket
import xmlrpc.client
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import psutil

from healthcheck.observations import Process

TIMEOUT_SECONDS = 5.0
SHUTDOWN_STATE = 6  # supervisor.xmlrpc.Faults


class SupervisordError(Exception):
    """supervisord does not answer on its socket."""


class ShutdownError(Exception):
    """supervisord was told to stop and answers no more questions."""


class _UnixConnection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=TIMEOUT_SECONDS)
        self._path = path

    def connect(self) -> None:
        """Open the socket."""
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(TIMEOUT_SECONDS)
        self.sock.connect(str(self._path))


class _UnixTransport(xmlrpc.client.Transport):
    """XML-RPC over that connection, a new one for each question."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        """Connect anew: supervisord closes idle connections without a word."""
        return _UnixConnection(self._path)


def processes(path: Path) -> dict[str, Process]:
    """Return every program that supervisord knows, by name; SupervisordError when silent.

    Raises ShutdownError once supervisord was told to stop.
    """
    transport = _UnixTransport(path)
    try:
        with xmlrpc.client.ServerProxy("http://localhost", transport=transport) as proxy:
            answer = cast("list[dict[str, Any]]", proxy.supervisor.getAllProcessInfo())
    except xmlrpc.client.Fault as fault:
        if fault.faultCode == SHUTDOWN_STATE:
            raise ShutdownError("supervisord stops everything") from None
        raise SupervisordError(f"supervisord answers with {fault.faultString}") from None
    except (OSError, xmlrpc.client.Error, http.client.HTTPException) as error:
        raise SupervisordError(f"supervisord does not answer on {path}: {error}") from None
    return read(answer)


def read(answer: Iterable[dict[str, Any]]) -> dict[str, Process]:
    """Read supervisord's own words (http://supervisord.org/api.html#process-information)."""
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


class Watched:
    """The processes that ran a moment ago; cheap to ask whether they still do."""

    def __init__(self) -> None:
        self._running: list[psutil.Process] = []

    def remember(self, pids: Iterable[int]) -> None:
        """Remember these processes; one that is gone already counts as ended at the next look."""
        self._running = []
        for pid in pids:
            with suppress(psutil.NoSuchProcess):
                self._running.append(psutil.Process(pid))

    def all_run(self) -> bool:
        """Tell whether each of them still runs, and is no other process with the same id."""
        return all(process.is_running() for process in self._running)
