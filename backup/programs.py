"""Stop and start programs of the appliance while a restore replaces their data."""

import http.client
import xmlrpc.client
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import Faults, SupervisorTransport

from backup.errors import BackupError
from qlines.clock import Clock
from qlines.programs import BY_NAME

# Whatever reads or writes the stores, in the order in which it stops; it starts in the other one.
# Not the broker: devices send as before, into the spool.
PIPELINE = ("gunicorn", "messenger", "rqworker", "alarms", "live", "writer", "ingest", "registry")
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

    def has(self, name: str) -> bool:
        """Return whether this container runs the program, by its roles."""
        return bool(self._ours([name]))

    def stop(self, names: Iterable[str]) -> None:
        """Stop these programs, in this order; those that do not run are left alone."""
        for name in self._ours(names):
            self._call("stopProcess", name, ignored=Faults.NOT_RUNNING)
            self._wait(name, STOPPED)

    def start(self, names: Iterable[str]) -> None:
        """Start these programs, in this order, without waiting until they answer."""
        for name in self._ours(names):
            self._call("startProcess", name, False, ignored=Faults.ALREADY_STARTED)

    def run_once(self, name: str, stores: Iterable[str]) -> None:
        """Start a one-shot program that waits for these stores, and wait until it has ended well.

        Raise BackupError when it has not, or when a store, which was just started, has ended: at
        once, since supervisord tries again, and ends the container when it gives up.
        """
        self.start([name])
        watched = {item: self._info(item)["pid"] for item in self._ours([*stores, name])}

        def require_first_start() -> None:
            for item, pid in watched.items():
                reason = failure(item, pid, self._info(item), is_one_shot=item == name)
                if reason:
                    raise BackupError(reason)

        self._wait(name, STOPPED, require_first_start)

    def _ours(self, names: Iterable[str]) -> list[str]:
        return [name for name in names if name in self._roles and name in BY_NAME]

    def _wait(
        self, name: str, states: frozenset[str], require: Callable[[], None] = lambda: None
    ) -> None:
        give_up_at = self._clock.monotonic() + SECONDS
        while True:
            state = str(self._info(name)["statename"])
            require()
            if state in states:
                return
            if self._clock.monotonic() > give_up_at:
                raise BackupError(f"{name} is {state} after {SECONDS:.0f} s, not {min(states)}")
            self._clock.sleep(0.1)

    def _info(self, name: str) -> dict[str, Any]:
        found: dict[str, Any] = self._call("getProcessInfo", name)
        return found

    def _call(self, method: str, *arguments: object, ignored: int | None = None) -> Any:
        try:
            return getattr(self._supervisor, method)(*arguments)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode == ignored:
                return None
            raise BackupError(f"supervisord answers to {method}: {fault.faultString}") from None
        except (OSError, xmlrpc.client.Error, http.client.HTTPException) as error:
            raise BackupError(f"supervisord does not answer: {error}") from None


def failure(name: str, pid: int, info: Mapping[str, Any], *, is_one_shot: bool) -> str | None:
    """Return why *info* of supervisord says that process *pid* failed, or None; pure."""
    state = str(info["statename"])
    if is_one_shot and state in STOPPED:
        has_failed = state != "EXITED" or info["exitstatus"]
        return f"{name} ended with status {info['exitstatus']}: see its log" if has_failed else None
    if state not in STARTED or info["pid"] != pid:
        return f"{name} does not run with what was restored ({state}): see its log"
    return None
