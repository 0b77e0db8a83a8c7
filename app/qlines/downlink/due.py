"""Which devices are to be looked at for commands, and when. Pure but for the clock."""

import heapq

from qlines.clock import Clock


class Due:
    """Devices by the time at which they are due; each has one time, its earliest."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._at: dict[str, float] = {}
        self._heap: list[tuple[float, str]] = []

    def add(self, device: str, in_seconds: float = 0.0) -> None:
        """Let a device be due in so many seconds, or earlier when it is already."""
        at = self._clock.monotonic() + in_seconds
        if at < self._at.get(device, float("inf")):
            self._at[device] = at
            heapq.heappush(self._heap, (at, device))

    def take(self) -> list[str]:
        """Return the devices that are due, and forget them."""
        now, devices = self._clock.monotonic(), []
        while self._heap and self._heap[0][0] <= now:
            at, device = heapq.heappop(self._heap)
            if self._at.get(device) == at:  # else it was due earlier
                del self._at[device]
                devices.append(device)
        return devices

    def next_in(self, max_seconds: float) -> float:
        """Return in how many seconds the next one is due, at most *max_seconds*."""
        if not self._heap:
            return max_seconds
        return min(max_seconds, max(0.0, self._heap[0][0] - self._clock.monotonic()))
