"""A machine with a wearing bearing: vibration grows, spikes before a failure, until the repair."""

import math
from random import Random
from typing import Any

from qlines.cli.simulate.calls import number, obey
from qlines.cli.simulate.drift import Drift, Silence

NAME = "Machine"
EVERY_SECONDS = 2.0
FAILS_AT_MM_S = 11.0  # zone D of ISO 10816 for machines of this size
WEAR_PER_HOUR = 0.35
ROOM_CELSIUS = 21.0
NOMINAL_RPM = 1480.0
MIN_RPM, MAX_RPM = 300, 1800


class Model:
    """One machine, which starts in a random state and changes with the time."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._wear = random.uniform(0.0, 5.0)
        self._rpm = NOMINAL_RPM
        self._state = "running"
        self._until = 0.0
        self._celsius = ROOM_CELSIUS
        self._load = Drift(random, 12.0, 300)
        self._hours = random.uniform(100, 20_000)
        self._at: float | None = None
        self._silence = Silence(random, 5400, 60)

    def message(self, now: float) -> dict[str, Any] | None:
        """Return what the machine measures at *now*; None while it is silent."""
        elapsed_seconds = min(3600.0, max(0.0, now - (self._at if self._at else now)))
        self._at = now
        self._work(now, elapsed_seconds)
        is_running = self._state == "running"
        load = self._loaded(now) if is_running else 0.0
        target = ROOM_CELSIUS + load * 0.45 + self._wear * 1.5
        self._celsius += (target - self._celsius) * min(1.0, elapsed_seconds / 240.0)
        if self._silence.is_silent(now):
            return None
        return {
            "vibration_mm_s": round(self._vibration(load), 2),
            "temperature": round(self._celsius + self._random.gauss(0, 0.1), 1),
            "rpm": round(self._rpm - load * 0.4 + self._random.gauss(0, 3)) if is_running else 0,
            "current_amperes": round(2.0 + load * 0.16, 2) if is_running else 0.0,
            "state": self._state,
            "operating_hours": round(self._hours, 2),
        }

    def call(self, method: str, params: Any) -> dict[str, Any]:
        """Obey ``setSpeed {"rpm": …}``, ``stop`` or ``start``."""
        methods = {"setSpeed": self._set_speed, "stop": self._stop, "start": self._start}
        return obey(methods, method, params)

    def _set_speed(self, params: Any) -> dict[str, Any]:
        self._rpm = number(params, "rpm", MIN_RPM, MAX_RPM)
        return {"rpm": round(self._rpm)}

    def _stop(self, _params: Any) -> dict[str, Any]:
        if self._state != "failed":  # it stands already, and its repair continues
            self._enter("stopped", math.inf)
        return {"state": self._state}

    def _start(self, _params: Any) -> dict[str, Any]:
        if self._state == "stopped":
            self._enter("running", 0.0)
        return {"state": self._state}

    def _loaded(self, now: float) -> float:
        """Return the load in percent: a faster machine has more of it."""
        load = (62.0 + self._load.move(now)) * (self._rpm / NOMINAL_RPM)
        return min(100.0, max(15.0, load))

    def _vibration(self, load: float) -> float:
        if self._state != "running":
            return abs(self._random.gauss(0.02, 0.01))
        # Advanced wear shows as single knocks, not as a slow rise.
        knock = self._random.expovariate(0.7) if self._random.random() < self._wear / 60.0 else 0.0
        return abs(0.9 + load * 0.008 + self._wear + self._random.gauss(0, 0.12)) + knock

    def _work(self, now: float, elapsed_seconds: float) -> None:
        if self._state == "running":
            self._hours += elapsed_seconds / 3600.0
            self._wear += WEAR_PER_HOUR * elapsed_seconds / 3600.0 * self._random.uniform(0.5, 1.5)
            if self._random.random() < elapsed_seconds / 20_000.0:
                self._wear += self._random.uniform(1.0, 3.0)  # a chip of the bearing breaks off
            if self._wear > FAILS_AT_MM_S:
                self._enter("failed", now + self._random.uniform(300, 1800))
            elif self._random.random() < elapsed_seconds / 1500.0:
                self._enter("idle", now + self._random.uniform(30, 300))
        elif now >= self._until:
            if self._state == "failed":
                self._wear = 0.0
            self._enter("running", now)

    def _enter(self, state: str, until: float) -> None:
        self._state = state
        self._until = until
