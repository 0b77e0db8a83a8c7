"""A moment by which something must be over, however many steps it takes."""

from qlines.clock import Clock


class Deadline:
    """So many seconds from now on."""

    def __init__(self, seconds: float, clock: Clock) -> None:
        self._clock = clock
        self._at = clock.monotonic() + seconds

    def left(self) -> float:
        """Return how many seconds are left; raise TimeoutError when none are."""
        left = self._at - self._clock.monotonic()
        if left <= 0:
            raise TimeoutError
        return left
