"""Time as a dependency: programs use SystemClock, tests advance a FakeClock by hand."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What a program needs to know about time."""

    def now_us(self) -> int:
        """Return microseconds since 1970, UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds since an arbitrary start; never decreases."""
        ...

    def sleep(self, seconds: float) -> None:
        """Block for this long."""
        ...


class SystemClock:
    """The operating system's clock."""

    def now_us(self) -> int:
        """Return microseconds since 1970, UTC."""
        return time.time_ns() // 1000

    def monotonic(self) -> float:
        """Return seconds since an arbitrary start; never decreases."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Block for this long."""
        time.sleep(seconds)


class FakeClock:
    """A clock that stands still until a test advances it; sleep() advances it too."""

    def __init__(self, now_us: int = 1_800_000_000_000_000) -> None:
        self._now_us = now_us

    def now_us(self) -> int:
        """Return microseconds since 1970, UTC, as the test set them."""
        return self._now_us

    def monotonic(self) -> float:
        """Return the same time in seconds."""
        return self._now_us / 1e6

    def sleep(self, seconds: float) -> None:
        """Advance without blocking."""
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Advance the time; a negative number sets it back."""
        self._now_us += round(seconds * 1e6)


def utc_datetime(now_us: int) -> datetime:
    """Return microseconds since 1970 as an aware datetime, which is what MongoDB stores."""
    return datetime.fromtimestamp(now_us / 1e6, tz=UTC)


def epoch_us(moment: datetime) -> int:
    """Return an aware datetime, or a naive one in UTC, as microseconds since 1970."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return round(aware.timestamp() * 1e6)
