"""The loop of every worker: turn until told to stop, rest when idle, wait for stores."""

import logging
import signal
from collections.abc import Callable
from types import FrameType
from typing import TypeVar

from qlines.alive import Alive
from qlines.clock import Clock
from qlines.errors import StoreUnavailableError

log = logging.getLogger(__name__)

FIRST_WAIT_SECONDS = 0.1
LONGEST_WAIT_SECONDS = 2.0

T = TypeVar("T")


class Stop:
    """A flag that SIGTERM and SIGINT set; loops look at it between turns."""

    def __init__(self) -> None:
        self.is_set = False

    def on_signals(self) -> "Stop":
        """Let SIGTERM and SIGINT set the flag."""
        signal.signal(signal.SIGTERM, self._set)
        signal.signal(signal.SIGINT, self._set)
        return self

    def _set(self, _number: int, _frame: FrameType | None) -> None:
        self.is_set = True


class Waiting:
    """Waits for stores that do not answer: longer each time, up to 2 s, saying once for whom."""

    def __init__(self, clock: Clock, alive: Alive) -> None:
        self._clock = clock
        self._alive = alive
        self._seconds = 0.0

    def for_store(self, error: StoreUnavailableError) -> None:
        """Rest once after *error*."""
        if not self._seconds:
            log.warning("waits for %s: %s", error.store, error)
        self._seconds = min(self._seconds * 2 or FIRST_WAIT_SECONDS, LONGEST_WAIT_SECONDS)
        self._alive.turned(f"waits for {error.store}", waiting_for=error.store, lag_ms=0)
        self._clock.sleep(self._seconds)

    def over(self) -> None:
        """Note that the store answered."""
        if self._seconds:
            log.info("goes on")
        self._seconds = 0.0


def run(
    turn: Callable[[], bool], *, stop: Stop, clock: Clock, alive: Alive, rest_seconds: float
) -> None:
    """Call *turn* until *stop* is set.

    *turn* returns True for "there may be more" and False for "rest". When it raises
    StoreUnavailableError the loop waits, says for whom, and calls it again: a turn must
    therefore lose nothing when it fails.
    """
    waiting = Waiting(clock, alive)
    while not stop.is_set:
        try:
            more = turn()
        except StoreUnavailableError as error:
            waiting.for_store(error)
            continue
        waiting.over()
        if not more:
            clock.sleep(rest_seconds)


def wait_until(attempt: Callable[[], T], *, stop: Stop, clock: Clock, alive: Alive) -> T:
    """Return what *attempt* returns once it no longer raises StoreUnavailableError.

    Ends the program with status 0 when *stop* is set meanwhile.
    """
    waiting = Waiting(clock, alive)
    while not stop.is_set:
        try:
            result = attempt()
        except StoreUnavailableError as error:
            waiting.for_store(error)
            continue
        waiting.over()
        return result
    raise SystemExit(0)
