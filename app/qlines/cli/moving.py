"""Report how far `qlines drain` has come, until nothing is left on this side of a pairing."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from appliance.shared.twin import Twin
from qlines import traffic
from qlines.cli.console import Console
from qlines.clock import Clock
from qlines.traffic import Traffic
from qlines.twin.other_side import READY

PAUSE_SECONDS = 0.5
# Heartbeats are a second apart, and a device may come once more through a proxy that has not
# noticed the drain yet.
QUIET_SECONDS = 3.0
GRACE_SECONDS = 60.0  # besides the time that the devices take at the rate


class Moved(NamedTuple):
    """How many devices went to the other side; *left* says what did not, "" when all did."""

    devices: int
    left: str


class Report:
    """Watches the traffic of this side; *status_of_other* is that of /health/ready."""

    def __init__(
        self, twin: Twin, run_dir: Path, console: Console, clock: Clock, *,
        clients_per_second: int, status_of_other: Callable[[], str],
    ) -> None:  # fmt: skip
        self._twin = twin
        self._run_dir = run_dir
        self._console = console
        self._clock = clock
        self._clients_per_second = clients_per_second
        self._status_of_other = status_of_other
        self._moved_before = self._counted().moved
        self._line = ""

    def wait(self) -> Moved:
        """Return when there has been no traffic for a moment, or when it has taken too long."""
        seconds = GRACE_SECONDS + 2 * self._counted().devices / self._clients_per_second
        give_up_at = self._clock.monotonic() + seconds
        quiet_since = None
        while True:
            found, now = self._counted(), self._clock.monotonic()
            moved = max(0, found.moved - self._moved_before)
            self._say_progress(moved, found.devices)
            is_quiet = not (found.devices or found.requests) and found.as_of > 0
            quiet_since = (quiet_since or now) if is_quiet else None
            if quiet_since is not None and now - quiet_since >= QUIET_SECONDS:
                return Moved(moved, "")
            if now >= give_up_at:
                return Moved(moved, f"after {seconds:.0f} s {self._why_left(found)}")
            self._clock.sleep(PAUSE_SECONDS)

    def _counted(self) -> Traffic:
        return traffic.read(self._run_dir) or Traffic(0, 0, 0, as_of=0.0)

    def _say_progress(self, moved: int, devices: int) -> None:
        if moved or devices:
            self._say(f"moved {moved:,} of {moved + devices:,} devices")

    def _why_left(self, found: Traffic) -> str:
        if not found.as_of:
            return "the broker or the web app does not say what it carries: see `qlines health`"
        other = self._status_of_other()
        why = "" if other == READY else f"; side {self._twin.other} is {other}, so devices stay"
        return f"side {self._twin.side} still has {traffic.in_words(found)}{why}"

    def _say(self, line: str) -> None:
        if line != self._line:
            self._console.note(line)
        self._line = line
