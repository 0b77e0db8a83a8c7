"""How many requests of one network address may fail in a minute; pure."""

from collections import Counter

MAX_FAILURES_PER_MINUTE = 60  # a workshop shares an address, and its first attempts fail
MAX_ADDRESSES = 50_000


class AddressLimit:
    """Counts failures by address, or its network, and minute; times are of a monotonic clock."""

    def __init__(self) -> None:
        self._minute = 0
        self._failures: Counter[str] = Counter()

    def wait_seconds(self, address: str, now: float) -> int:
        """Return how long the address must wait; 0 when it need not."""
        self._begin_minute(now)
        if self._failures[address] < MAX_FAILURES_PER_MINUTE:
            return 0
        return 60 - int(now) % 60

    def failed(self, address: str, now: float) -> None:
        """Count a failure; with too many addresses the counts begin again."""
        self._begin_minute(now)
        if len(self._failures) >= MAX_ADDRESSES:
            self._failures.clear()
        self._failures[address] += 1

    def _begin_minute(self, now: float) -> None:
        minute = int(now) // 60
        if minute != self._minute:
            self._minute = minute
            self._failures.clear()
