"""A water meter of a house: a pulse per litre, busy mornings and evenings, sometimes a leak."""

from random import Random
from typing import Any

from qlines.cli.simulate.calls import obey, switch
from qlines.cli.simulate.drift import Battery, Silence, day_wave

NAME = "Water meter"
EVERY_SECONDS = 10.0
LEAK_LITRES_PER_MINUTE = 0.4


class Model:
    """One meter; its count never decreases."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._litres = random.uniform(20_000, 900_000)
        self._is_valve_open = True
        self._flow = 0.0
        self._flow_until = 0.0
        self._leak_until = 0.0
        self._at: float | None = None
        self._battery = Battery(random, lasts_days=3650)
        self._silence = Silence(random, 3600, 120)

    def message(self, now: float) -> dict[str, Any] | None:
        """Return the count at *now*; None while the meter is silent."""
        elapsed_seconds = min(3600.0, max(0.0, now - (self._at if self._at else now)))
        self._at = now
        self._turn_taps(now, elapsed_seconds)
        is_leaking = self._is_valve_open and now < self._leak_until
        flow = self._flow if self._is_valve_open else 0.0
        flow += LEAK_LITRES_PER_MINUTE if is_leaking else 0.0
        self._litres += flow * elapsed_seconds / 60.0
        if self._silence.is_silent(now):
            return None
        return {
            "pulses": int(self._litres),
            "volume_m3": round(self._litres / 1000.0, 3),
            "flow_l_min": round(flow, 2),
            "leak": is_leaking,
            "valve_open": self._is_valve_open,
            "battery": self._battery.percent(now),
        }

    def call(self, method: str, params: Any) -> dict[str, Any]:
        """Obey ``setValve {"open": true}``: through a closed valve nothing flows."""
        return obey({"setValve": self._set_valve}, method, params)

    def _set_valve(self, params: Any) -> dict[str, Any]:
        self._is_valve_open = switch(params, "open")
        return {"open": self._is_valve_open}

    def _turn_taps(self, now: float, elapsed_seconds: float) -> None:
        if now >= self._flow_until:
            self._flow = 0.0
            # Two peaks a day; next to nothing at night.
            busy = 0.25 + max(0.0, day_wave(now, 7.0)) + max(0.0, day_wave(now, 19.0))
            if self._random.random() < busy * elapsed_seconds / 300.0:
                self._flow = self._random.choice((2.0, 4.5, 6.0, 9.0, 12.0))
                self._flow *= self._random.uniform(0.8, 1.2)
                self._flow_until = now + self._random.uniform(15, 420)
        if now >= self._leak_until and self._random.random() < elapsed_seconds / 40_000.0:
            self._leak_until = now + self._random.uniform(1800, 14_400)
