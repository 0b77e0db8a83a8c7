"""Write for the broker which clients connected to another one, so that it ends their sessions.

A device whose network broke, and that comes back through another broker, leaves a connection here
that nobody uses; the broker would have it until its keep-alive ends. `qlines.store.arrivals` has
the rule, appliance/broker/elsewhere.c reads the file. Each line has the time, on this machine's
clock, before which a session is the older one: so no line can end a session that began after it.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from appliance.shared.files import write_atomically
from qlines.clock import Clock
from qlines.errors import StoreUnavailableError
from qlines.store.arrivals import MAX_APART_US, Arrival

log = logging.getLogger(__name__)

FILE = "sessions-elsewhere"  # in the run folder
ASK_EVERY_SECONDS = 0.5
# What two writers note at the same time may become visible in the other order.
OVERLAP = timedelta(seconds=2)
# The broker reads the file twice a second.
KEPT_SECONDS = 10.0
NEVER = datetime(1970, 1, 3, tzinfo=UTC)


class Line(NamedTuple):
    """What the file says of a client until *until*, monotonic seconds."""

    arrival: Arrival
    before_us: int
    until: float


class Arrivals:
    """Follows the arrivals at the other brokers, which *arrivals_since* returns."""

    def __init__(
        self, run_dir: Path, arrivals_since: Callable[[datetime], list[Arrival]], clock: Clock
    ) -> None:
        self._file = run_dir / FILE
        self._arrivals_since = arrivals_since
        self._clock = clock
        self._ask_at = float("-inf")
        self._newest = NEVER
        self._known: frozenset[Arrival] = frozenset()
        self._lines: dict[str, Line] = {}
        self._is_away = False

    def run_once(self) -> None:
        """Ask, at most twice a second, and write the file when there is something new."""
        if self._clock.monotonic() < self._ask_at:
            return
        self._ask_at = self._clock.monotonic() + ASK_EVERY_SECONDS
        try:
            found = self._arrivals_since(self._newest - OVERLAP)
        except StoreUnavailableError as error:
            if not self._is_away:
                log.warning("sessions that another broker took over stay open: %s", error)
            self._is_away = True
            return
        self._is_away = False
        self._note(found)

    def _note(self, found: list[Arrival]) -> None:
        now, now_us = self._clock.monotonic(), self._clock.now_us()
        self._lines = {name: line for name, line in self._lines.items() if line.until > now}
        # What lies in the overlap was read before.
        new = set(found) - self._known
        self._known = frozenset(found)
        for arrival in new:
            before_us = min(now_us, arrival.at_us + MAX_APART_US)
            self._lines[arrival.client] = Line(arrival, before_us, now + KEPT_SECONDS)
        self._newest = max([self._newest, *(one.noted_at for one in found)])
        if new:
            write_atomically(self._file, text_of(self._lines.values()))


def text_of(lines: Iterable[Line]) -> str:
    """Return the file's text; pure. MQTT allows no line break in a client id."""
    return "".join(f"{line.before_us} {line.arrival.client}\n" for line in lines)
