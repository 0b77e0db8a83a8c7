"""A tracker in a van that drives round a town, stops, parks, and is silent in a tunnel."""

import math
from random import Random
from typing import Any

from qlines.cli.simulate.calls import obey, switch
from qlines.cli.simulate.drift import Battery, Drift

NAME = "GPS tracker"
EVERY_SECONDS = 2.0
# Latitude and longitude: a loop through Basel on both banks of the Rhine.
ROUTE = (
    (47.5476, 7.5897), (47.5535, 7.5880), (47.5586, 7.5838), (47.5629, 7.5901), (47.5664, 7.5990),
    (47.5652, 7.6085), (47.5607, 7.6168), (47.5561, 7.6121), (47.5522, 7.6043), (47.5491, 7.5972),
)  # fmt: skip
TUNNEL_LEG = 5
METRES_PER_DEGREE = 111_320.0


class Model:
    """One van, which starts in a random state and changes with the time."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._leg = random.randrange(len(ROUTE))
        self._metres = 0.0
        self._speed = 0.0
        self._cruise = Drift(random, 8.0, 60)
        self._stopped_until = 0.0
        self._is_parked = False
        self._is_immobilized = False
        self._at: float | None = None
        self._odometer_km = random.uniform(12_000, 180_000)
        self._battery = Battery(random, lasts_days=2)

    def message(self, now: float) -> dict[str, Any] | None:
        """Drive until *now* and return the position; None in the tunnel."""
        elapsed_seconds = min(60.0, max(0.0, now - (self._at if self._at else now)))
        self._at = now
        self._choose_speed(now, elapsed_seconds)
        self._drive(self._speed / 3.6 * elapsed_seconds)
        if self._leg == TUNNEL_LEG:
            return None
        latitude, longitude, heading = position(self._leg, self._metres)
        noise = self._random.gauss(0, 3.0) / METRES_PER_DEGREE
        return {
            "latitude": round(latitude + noise, 6),
            "longitude": round(longitude + noise, 6),
            "speed_kmh": round(self._speed, 1),
            "heading": round(heading),
            "satellites": self._random.randint(6, 12),
            "ignition": not self._is_parked,
            "immobilized": self._is_immobilized,
            "odometer_km": round(self._odometer_km, 2),
            "battery": self._battery.percent(now),
        }

    def call(self, method: str, params: Any) -> dict[str, Any]:
        """Obey ``setImmobilizer {"on": true}``, which lets the van stop, or ``locate``."""
        methods = {"setImmobilizer": self._set_immobilizer, "locate": self._locate}
        return obey(methods, method, params)

    def _set_immobilizer(self, params: Any) -> dict[str, Any]:
        self._is_immobilized = switch(params, "on")
        return {"on": self._is_immobilized}

    def _locate(self, _params: Any) -> dict[str, Any]:
        latitude, longitude, _ = position(self._leg, self._metres)
        return {"latitude": round(latitude, 6), "longitude": round(longitude, 6)}

    def _choose_speed(self, now: float, elapsed_seconds: float) -> None:
        if self._is_immobilized:
            self._stopped_until, self._is_parked = now, True
            self._speed = max(0.0, self._speed - 9.0 * elapsed_seconds)
            return
        if now < self._stopped_until:
            self._speed = max(0.0, self._speed - 9.0 * elapsed_seconds)
            return
        self._is_parked = False
        target = max(12.0, 38.0 + self._cruise.move(now))
        self._speed = min(target, self._speed + 7.0 * elapsed_seconds)
        if self._random.random() < elapsed_seconds / 90.0:  # a traffic light
            self._stopped_until = now + self._random.uniform(8, 45)
        elif self._random.random() < elapsed_seconds / 1800.0:  # a delivery
            self._stopped_until = now + self._random.uniform(180, 900)
            self._is_parked = True

    def _drive(self, metres: float) -> None:
        self._odometer_km += metres / 1000.0
        self._metres += metres
        while self._metres >= leg_metres(self._leg):
            self._metres -= leg_metres(self._leg)
            self._leg = (self._leg + 1) % len(ROUTE)


def _ends(leg: int) -> tuple[tuple[float, float], tuple[float, float]]:
    return ROUTE[leg], ROUTE[(leg + 1) % len(ROUTE)]


def leg_metres(leg: int) -> float:
    """Return the length of a leg; at this size the earth may be taken as flat."""
    (lat1, lon1), (lat2, lon2) = _ends(leg)
    east = (lon2 - lon1) * math.cos(math.radians(lat1))
    return math.hypot(lat2 - lat1, east) * METRES_PER_DEGREE


def position(leg: int, metres: float) -> tuple[float, float, float]:
    """Return latitude, longitude and heading in degrees after *metres* of a leg."""
    (lat1, lon1), (lat2, lon2) = _ends(leg)
    share = metres / leg_metres(leg)
    east = (lon2 - lon1) * math.cos(math.radians(lat1))
    heading = math.degrees(math.atan2(east, lat2 - lat1)) % 360
    return lat1 + share * (lat2 - lat1), lon1 + share * (lon2 - lon1), heading
