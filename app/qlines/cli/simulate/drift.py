"""Numbers that wander as nature's do: pulled back to their mean, pushed on by chance."""

import math
from random import Random

DAY_SECONDS = 86_400.0
LONGEST_STEP_SECONDS = 3600.0


class Drift:
    """An Ornstein-Uhlenbeck process: wanders around 0 by about *spread*, forgets in *memory* s."""

    def __init__(self, random: Random, spread: float, memory_seconds: float) -> None:
        self._random = random
        self._spread = spread
        self._memory_seconds = memory_seconds
        self._at: float | None = None
        self.value = random.gauss(0.0, spread)

    def move(self, now: float) -> float:
        """Move on to *now* and return the value there."""
        step = min(LONGEST_STEP_SECONDS, max(0.0, now - (self._at if self._at else now)))
        self._at = now
        kept = math.exp(-step / self._memory_seconds)
        self.value = self.value * kept + self._random.gauss(
            0.0, self._spread * math.sqrt(1.0 - kept * kept)
        )
        return self.value


class Silence:
    """When a device is not heard: now and then, for a while (a radio hole, a gateway restart)."""

    def __init__(self, random: Random, every_seconds: float, for_seconds: float) -> None:
        self._random = random
        self._every_seconds = every_seconds
        self._for_seconds = for_seconds
        self._from: float | None = None
        self._until = 0.0

    def is_silent(self, now: float) -> bool:
        """Tell whether nothing is heard at *now*; times must not go back."""
        if self._from is None or now >= self._until:
            self._from = now + self._random.expovariate(1.0 / self._every_seconds)
            self._until = self._from + self._random.uniform(0.3, 1.7) * self._for_seconds
        return now >= self._from


class Battery:
    """A battery that sinks slowly and is replaced when it is empty."""

    def __init__(self, random: Random, lasts_days: float) -> None:
        self._percent = random.uniform(35.0, 100.0)
        self._percent_per_second = 100.0 / (lasts_days * DAY_SECONDS)
        self._at: float | None = None

    def percent(self, now: float) -> float:
        """Return what is left at *now*."""
        if self._at is not None:
            self._percent -= max(0.0, now - self._at) * self._percent_per_second
        self._at = now
        if self._percent < 3.0:
            self._percent = 100.0
        return round(self._percent, 1)


def day_wave(now: float, peak_hour: float) -> float:
    """Return 1 at *peak_hour* (UTC), -1 twelve hours later, a sine between."""
    return math.cos((now / DAY_SECONDS - peak_hour / 24.0) * 2.0 * math.pi)
