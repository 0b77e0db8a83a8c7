"""Time, passed in: programs use SystemClock, tests move a FakeClock by hand."""

import time
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """What a program may ask about time."""

    def now_us(self) -> int:
        """Return microseconds since 1970, UTC."""
        ...

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        ...

    def sleep(self, seconds: float) -> None:
        """Rest."""
        ...


class SystemClock:
    """The machine's clock."""

    def now_us(self) -> int:
        """Return microseconds since 1970, UTC."""
        return time.time_ns() // 1000

    def monotonic(self) -> float:
        """Return seconds that never go back."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Rest."""
        time.sleep(seconds)


class FakeClock:
    """A clock that stands still until a test moves it; sleeping moves it too."""

    def __init__(self, now_us: int = 1_800_000_000_000_000) -> None:
        self._now_us = now_us

    def now_us(self) -> int:
        """Return the time that the test has set."""
        return self._now_us

    def monotonic(self) -> float:
        """Return the same time, in seconds."""
        return self._now_us / 1e6

    def sleep(self, seconds: float) -> None:
        """Move on without waiting."""
        self.advance(seconds)

    def advance(self, seconds: float) -> None:
        """Move the time on."""
        self._now_us += round(seconds * 1e6)


def utc_datetime(now_us: int) -> datetime:
    """Return microseconds since 1970 as an aware datetime, which is what MongoDB stores."""
    return datetime.fromtimestamp(now_us / 1e6, tz=UTC)
