"""A weather station: daily curve, drifting weather, gusts, showers, a solar cell."""

from random import Random
from typing import Any

from qlines.cli.simulate.calls import obey
from qlines.cli.simulate.drift import Drift, Silence, day_wave

NAME = "Weather station"
EVERY_SECONDS = 5.0
BOOT_SECONDS = 12.0


class Model:
    """One station, which starts in a random state and changes with the time."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._mean = random.uniform(9.0, 17.0)
        self._weather = Drift(random, 3.0, 6 * 3600)
        self._air = Drift(random, 0.15, 120)
        self._pressure = Drift(random, 9.0, 20 * 3600)
        self._wind = Drift(random, 1.6, 600)
        self._silence = Silence(random, 1800, 90)
        self._shower_until = 0.0
        self._battery_volts = random.uniform(3.7, 4.0)
        self._booted_at: float | None = None
        self._is_reboot_due = False

    def message(self, now: float) -> dict[str, Any] | None:
        """Return what the station measures at *now*; None while it is silent."""
        temperature = (
            self._mean + 6.0 * day_wave(now, 14.5) + self._weather.move(now) + self._air.move(now)
        )
        wind = max(0.0, 3.0 + self._wind.move(now))
        rain = self._rain(now)
        humidity = 68.0 - 2.4 * (temperature - self._mean) + (18.0 if rain else 0.0)
        sun = max(0.0, day_wave(now, 12.0))
        self._battery_volts += 0.002 * (sun - 0.3)
        self._battery_volts = min(4.15, max(3.4, self._battery_volts))
        uptime_seconds = self._uptime_seconds(now)
        if self._silence.is_silent(now) or uptime_seconds < 0:
            return None
        return {
            "temperature": round(temperature, 2),
            "humidity": round(min(100.0, max(15.0, humidity + self._random.gauss(0, 0.4))), 1),
            "pressure": round(1013.0 + self._pressure.move(now), 1),
            "wind_speed": round(wind, 1),
            "wind_gust": round(wind * self._random.uniform(1.1, 1.9), 1),
            "rain_mm_h": rain,
            "light_lux": round(90_000 * sun * self._random.uniform(0.6, 1.0)),
            "battery_volts": round(self._battery_volts, 2),
            "uptime_seconds": round(uptime_seconds),
        }

    def call(self, method: str, params: Any) -> dict[str, Any]:
        """Obey ``reboot``: silent while it boots, then the uptime begins at 0 again."""
        return obey({"reboot": self._reboot}, method, params)

    def _reboot(self, _params: Any) -> dict[str, Any]:
        self._is_reboot_due = True
        return {"rebooting": True, "seconds": BOOT_SECONDS}

    def _uptime_seconds(self, now: float) -> float:
        """Return for how long it has run; negative while it boots."""
        if self._is_reboot_due:
            self._is_reboot_due = False
            self._booted_at = now + BOOT_SECONDS
        elif self._booted_at is None:
            self._booted_at = now
        return now - self._booted_at

    def _rain(self, now: float) -> float:
        if now >= self._shower_until and self._random.random() < 0.002:
            self._shower_until = now + self._random.uniform(300, 2400)
        return round(self._random.uniform(0.4, 7.0), 1) if now < self._shower_until else 0.0
