"""Stop and start programs of the appliance while a restore replaces their data."""

import http.client
import xmlrpc.client
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import Faults, SupervisorTransport

from backup.errors import BackupError
from qlines.clock import Clock
from qlines.programs import BY_NAME

# Whatever reads or writes the stores, in the order in which it stops; it starts in the other one.
# Not the broker: devices send as before, into the spool.
PIPELINE = ("gunicorn", "rqworker", "live", "writer", "ingest", "registry")
STORES = ("mongodb", "clickhouse")  # whose folders a restore replaces
SECONDS = 120.0
STOPPED = frozenset({"STOPPED", "EXITED", "FATAL", "UNKNOWN"})
STARTED = frozenset({"RUNNING", "STARTING"})


class Programs:
    """The programs of this container that supervisord may start, by their names."""

    def __init__(self, run_dir: Path, roles: frozenset[str], clock: Clock) -> None:
        transport = SupervisorTransport(None, None, f"unix://{run_dir}/supervisor.sock")
        # supervisor's transport is one of xmlrpc.client's, and has no types.
        self._supervisor: Any = xmlrpc.client.ServerProxy(
            "http://localhost", transport=transport
        ).supervisor
        self._roles = roles
        self._clock = clock

    def stop(self, names: Iterable[str]) -> None:
        """Stop these programs, in this order; those that do not run are left alone."""
        for name in self._ours(names):
            self._call("stopProcess", name, ignored=Faults.NOT_RUNNING)
            self._wait(name, STOPPED)

    def start(self, names: Iterable[str]) -> None:
        """Start these programs, in this order, without waiting until they answer."""
        for name in self._ours(names):
            self._call("startProcess", name, False, ignored=Faults.ALREADY_STARTED)

    def run_once(self, name: str) -> None:
        """Start a one-shot program and wait until it has ended well; raise BackupError if not."""
        self.start([name])
        self._wait(name, STOPPED)
        status = int(self._call("getProcessInfo", name)["exitstatus"])
        if status:
            raise BackupError(f"{name} ended with status {status}: see its log")

    def _ours(self, names: Iterable[str]) -> list[str]:
        return [name for name in names if name in self._roles and name in BY_NAME]

    def _wait(self, name: str, states: frozenset[str]) -> None:
        give_up_at = self._clock.monotonic() + SECONDS
        while (state := str(self._call("getProcessInfo", name)["statename"])) not in states:
            if self._clock.monotonic() > give_up_at:
                raise BackupError(f"{name} is {state} after {SECONDS:.0f} s, not {min(states)}")
            self._clock.sleep(0.1)

    def _call(self, method: str, *arguments: object, ignored: int | None = None) -> Any:
        try:
            return getattr(self._supervisor, method)(*arguments)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode == ignored:
                return None
            raise BackupError(f"supervisord answers to {method}: {fault.faultString}") from None
        except (OSError, xmlrpc.client.Error, http.client.HTTPException) as error:
            raise BackupError(f"supervisord does not answer: {error}") from None
