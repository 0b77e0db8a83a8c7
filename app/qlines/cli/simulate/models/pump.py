"""A pump whose bearing overheats for a minute every few minutes, for alarms in a demonstration."""

from random import Random
from typing import Any

from qlines.cli.simulate.calls import obey
from qlines.cli.simulate.drift import Drift

NAME = "Cellar pump"
EVERY_SECONDS = 2.0
CYCLE_SECONDS = 240.0
HOT_SECONDS = 60.0  # at the end of each cycle
NORMAL_CELSIUS, HOT_CELSIUS = 56.0, 92.0
HALF_WAY_SECONDS = 6.0  # in which it comes half as near to what it strives for


class Model:
    """One pump; its first cycle begins with its first message."""

    def __init__(self, random: Random) -> None:
        self._drift = Drift(random, 1.0, 60)
        self._celsius = NORMAL_CELSIUS
        self._begun_at: float | None = None
        self._at = 0.0

    def message(self, now: float) -> dict[str, Any]:
        """Return what the pump measures at *now*; it is never silent."""
        if self._begun_at is None:
            self._begun_at = self._at = now
        is_hot = (now - self._begun_at) % CYCLE_SECONDS >= CYCLE_SECONDS - HOT_SECONDS
        target = HOT_CELSIUS if is_hot else NORMAL_CELSIUS
        left = 0.5 ** (max(0.0, now - self._at) / HALF_WAY_SECONDS)
        self._celsius, self._at = target + (self._celsius - target) * left, now
        return {
            "temperature": round(self._celsius + self._drift.move(now), 1),
            "flow_l_min": round(240.0 - (self._celsius - NORMAL_CELSIUS) * 1.5, 1),
        }

    def call(self, method: str, params: Any) -> dict[str, Any]:
        """Obey ``reset``, which begins a cycle."""
        return obey({"reset": self._reset}, method, params)

    def _reset(self, _params: Any) -> dict[str, Any]:
        self._begun_at = None
        return {"reset": True}
