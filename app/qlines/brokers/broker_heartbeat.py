"""Write this broker's heartbeat to MongoDB: while it beats, the presence of its devices counts.

It means that the broker runs, and that ingest tells MongoDB what it sees. Without it the others
show our devices as offline after a while (`qlines.store.presence`).
"""

import logging
from collections.abc import Callable
from pathlib import Path

from qlines import heartbeat
from qlines.clock import Clock
from qlines.errors import StoreUnavailableError

log = logging.getLogger(__name__)

EVERY_SECONDS = 5.0
PROGRAMS = ("mosquitto", "ingest")
STALE_SECONDS = 10.0  # of a heartbeat, which is written once a second


class BrokerHeartbeat:
    """Beats every five seconds while both programs are alive."""

    def __init__(self, run_dir: Path, beat: Callable[[], None], clock: Clock) -> None:
        self._run_dir = run_dir
        self._beat = beat
        self._clock = clock
        self._due_at = float("-inf")
        self._is_away = False

    def run_once(self) -> None:
        """Beat when it is due; a beat that MongoDB does not take is not repeated."""
        if self._clock.monotonic() < self._due_at:
            return
        now = self._clock.now_us() / 1e6
        if not all(now - beat_at(self._run_dir, name) < STALE_SECONDS for name in PROGRAMS):
            return
        self._due_at = self._clock.monotonic() + EVERY_SECONDS
        try:
            self._beat()
        except StoreUnavailableError as error:
            if not self._is_away:
                log.warning("the others do not see that our broker is alive: %s", error)
            self._is_away = True
        else:
            self._is_away = False


def beat_at(run_dir: Path, program: str) -> float:
    """Return when the program last wrote its heartbeat, epoch seconds, 0 when it never did."""
    return float(heartbeat.read(run_dir, program).get("beat_at", 0.0))
