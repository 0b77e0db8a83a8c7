"""Run what may take long in threads: so many at a time, so many of one owner, so many that wait.

An owner whose webhook is slow has a few of the places, and others theirs. Threads live for one call
each, so that a program whose devices call nothing has none; starting one costs a tenth of a
millisecond beside a request over the network.
"""

import logging
import threading
from collections import Counter, deque
from collections.abc import Callable
from typing import NamedTuple

from qlines.clock import Clock

log = logging.getLogger(__name__)

Run = Callable[[float], None]  # gets the seconds that it waited


class Places(NamedTuple):
    """How many calls may run and wait, of all owners and of each."""

    running: int = 32
    running_of_owner: int = 4
    waiting: int = 256
    waiting_of_owner: int = 32


class _Waiting(NamedTuple):
    owner: str
    run: Run
    since: float


class CallPool:
    """Starts a call when there is a place for it and for its owner, the oldest first."""

    def __init__(self, clock: Clock, places: Places | None = None) -> None:
        self._clock = clock
        self._places = places or Places()
        self._lock = threading.Lock()
        self._waiting: deque[_Waiting] = deque()
        self._running: Counter[str] = Counter()

    def submit(self, owner: str, run: Run) -> bool:
        """Let *run* be called, now or later, by another thread; return False without a place."""
        with self._lock:
            of_owner = sum(one.owner == owner for one in self._waiting)
            if of_owner >= self._places.waiting_of_owner or (
                len(self._waiting) >= self._places.waiting
            ):
                return False
            self._waiting.append(_Waiting(owner, run, self._clock.monotonic()))
            self._start()
        return True

    def _start(self) -> None:
        """Start all that may run; the lock is held."""
        while self._running.total() < self._places.running:
            one = next((one for one in self._waiting if self._has_place(one.owner)), None)
            if one is None:
                return
            try:
                threading.Thread(target=self._run, args=(one,), name="call", daemon=True).start()
            except RuntimeError:  # no room for a thread: one that ends starts the next call
                log.exception("a call waits, because no thread can be started")
                return
            self._waiting.remove(one)
            self._running[one.owner] += 1

    def _has_place(self, owner: str) -> bool:
        return self._running[owner] < self._places.running_of_owner

    def _run(self, one: _Waiting) -> None:
        try:
            one.run(self._clock.monotonic() - one.since)
        finally:
            with self._lock:
                self._running[one.owner] -= 1
                self._running += Counter()  # drops the owners of which nothing runs
                self._start()
