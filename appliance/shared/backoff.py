"""Exponential back-off with jitter; pure."""

import random
from collections.abc import Callable


class Backoff:
    """The pauses between attempts: each twice the one before, up to a maximum.

    *jitter* is the share of a pause, 0 to 1, by which it is shortened at random, so that programs
    that lost the same store do not come back to it in step. *uniform* returns a number from 0 to 1.
    """

    def __init__(
        self,
        *,
        first_seconds: float = 0.1,
        max_seconds: float = 2.0,
        jitter: float = 0.2,
        uniform: Callable[[], float] = random.random,
    ) -> None:
        self._first_seconds = first_seconds
        self._max_seconds = max_seconds
        self._jitter = jitter
        self._uniform = uniform
        self._next_seconds = first_seconds
        self.attempts = 0

    def next_seconds(self) -> float:
        """Return how long to pause before the next attempt, and count the one that failed."""
        self.attempts += 1
        pause = self._next_seconds
        self._next_seconds = min(pause * 2, self._max_seconds)
        return pause * (1 - self._jitter * self._uniform())

    def reset(self) -> None:
        """Begin again with the first pause, after an attempt that succeeded."""
        self._next_seconds = self._first_seconds
        self.attempts = 0
