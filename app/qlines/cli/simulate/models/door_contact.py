"""A door contact: sends when it opens or closes, and a heartbeat once a minute."""

from random import Random
from typing import Any

from qlines.cli.simulate.calls import obey
from qlines.cli.simulate.drift import Battery, Silence, day_wave

NAME = "Door contact"
EVERY_SECONDS = 3.0
HEARTBEAT_SECONDS = 60.0


class Model:
    """One door contact, which starts in a random state and changes with the time."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._is_open = False
        self._changes_at: float | None = None
        self._sent_at = float("-inf")
        self._openings = random.randrange(5_000)
        self._battery = Battery(random, lasts_days=1100)
        self._silence = Silence(random, 7200, 240)

    def message(self, now: float) -> dict[str, Any] | None:
        """Return the state at once after a change, otherwise once a minute."""
        has_changed = self._operate(now)
        is_silent = self._silence.is_silent(now)
        if is_silent or not (has_changed or now - self._sent_at >= HEARTBEAT_SECONDS):
            return None
        self._sent_at = now
        return {
            "open": self._is_open,
            "openings": self._openings,
            "battery": self._battery.percent(now),
            "rssi": self._random.randint(-96, -58),
        }

    def call(self, method: str, params: Any) -> dict[str, Any]:
        """Obey ``resetOpenings``; the next message comes at once."""
        return obey({"resetOpenings": self._reset_openings}, method, params)

    def _reset_openings(self, _params: Any) -> dict[str, Any]:
        counted, self._openings = self._openings, 0
        self._sent_at = float("-inf")
        return {"openings": 0, "before": counted}

    def _operate(self, now: float) -> bool:
        if self._changes_at is None:
            self._changes_at = now + self._random.uniform(5, 60)
        if now < self._changes_at:
            return False
        self._is_open = not self._is_open
        if self._is_open:
            self._openings += 1
            # Usually closed again after seconds, sometimes left open.
            is_left_open = self._random.random() < 0.05
            self._changes_at = now + self._random.uniform(
                *((300, 1800) if is_left_open else (3, 25))
            )
        else:
            quiet = 1.0 + 4.0 * max(0.0, -day_wave(now, 13.0))
            self._changes_at = now + self._random.expovariate(1.0 / (90.0 * quiet)) + 2.0
        return True
