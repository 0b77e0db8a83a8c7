"""Let so many callers run at the same time and so many wait; refuse the others at once.

What is expensive is done for one after the other, so that it cannot take every core, every
connection to a store, or all the memory. Under a green worker those who wait cost nothing.
"""

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from qlines.errors import BusyError


class Room(NamedTuple):
    """How many callers with the same key may run, how many wait, and how long."""

    running: int
    waiting: int
    max_wait_seconds: float


class _Gate:
    """The callers with one key."""

    def __init__(self, running: int) -> None:
        self.free = threading.BoundedSemaphore(running)
        self.callers = 0


class Turns:
    """Gives turns by key, such as a user's id; *refusal* makes what those get who find no room.

    *refused* counts them.
    """

    def __init__(self, room: Room, refusal: Callable[[], BusyError]) -> None:
        self._room = room
        self._refusal = refusal
        self._lock = threading.Lock()
        self._gates: dict[Hashable, _Gate] = {}
        self.refused = 0

    @contextmanager
    def turn(self, key: Hashable) -> Iterator[None]:
        """Wait for a turn and take it for the block; raise BusyError when there is no room."""
        gate = self._enter(key)
        try:
            if not gate.free.acquire(timeout=self._room.max_wait_seconds):
                raise self._refuse()
            try:
                yield
            finally:
                gate.free.release()
        finally:
            self._leave(key, gate)

    def _enter(self, key: Hashable) -> _Gate:
        with self._lock:
            gate = self._gates.setdefault(key, _Gate(self._room.running))
            if gate.callers >= self._room.running + self._room.waiting:
                raise self._refuse()
            gate.callers += 1
            return gate

    def _leave(self, key: Hashable, gate: _Gate) -> None:
        with self._lock:
            gate.callers -= 1
            if not gate.callers:
                del self._gates[key]

    def _refuse(self) -> BusyError:
        self.refused += 1
        return self._refusal()
