"""Random processes that look like nature: drifting values, silent periods, batteries."""

import math
from random import Random

DAY_SECONDS = 86_400.0
MAX_STEP_SECONDS = 3600.0


class Drift:
    """An Ornstein-Uhlenbeck process around 0.

    *spread* is its standard deviation, *memory_seconds* the time after which it has mostly
    reverted to 0.
    """

    def __init__(self, random: Random, spread: float, memory_seconds: float) -> None:
        self._random = random
        self._spread = spread
        self._memory_seconds = memory_seconds
        self._at: float | None = None
        self.value = random.gauss(0.0, spread)

    def move(self, now: float) -> float:
        """Advance to *now* and return the value."""
        step = min(MAX_STEP_SECONDS, max(0.0, now - (self._at if self._at else now)))
        self._at = now
        share = math.exp(-step / self._memory_seconds)
        self.value = self.value * share + self._random.gauss(
            0.0, self._spread * math.sqrt(1.0 - share * share)
        )
        return self.value


class Silence:
    """Random periods in which a device is not heard (out of range, gateway restarting)."""

    def __init__(self, random: Random, every_seconds: float, for_seconds: float) -> None:
        self._random = random
        self._every_seconds = every_seconds
        self._for_seconds = for_seconds
        self._from: float | None = None
        self._until = 0.0

    def is_silent(self, now: float) -> bool:
        """Return whether the device is silent at *now*, which must not decrease between calls."""
        if self._from is None or now >= self._until:
            self._from = now + self._random.expovariate(1.0 / self._every_seconds)
            self._until = self._from + self._random.uniform(0.3, 1.7) * self._for_seconds
        return now >= self._from


class Battery:
    """A battery that discharges slowly and is replaced when it is nearly empty."""

    def __init__(self, random: Random, lasts_days: float) -> None:
        self._percent = random.uniform(35.0, 100.0)
        self._percent_per_second = 100.0 / (lasts_days * DAY_SECONDS)
        self._at: float | None = None

    def percent(self, now: float) -> float:
        """Return the charge at *now*, in percent."""
        if self._at is not None:
            self._percent -= max(0.0, now - self._at) * self._percent_per_second
        self._at = now
        if self._percent < 3.0:
            self._percent = 100.0
        return round(self._percent, 1)


def day_wave(now: float, peak_hour: float) -> float:
    """Return a sine over the day: 1 at *peak_hour* (UTC), -1 twelve hours later."""
    return math.cos((now / DAY_SECONDS - peak_hour / 24.0) * 2.0 * math.pi)
