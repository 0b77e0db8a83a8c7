"""Decide which devices exist and when each sends; pure: seed and time are passed in."""

import heapq
import itertools
from random import Random
from typing import Any, NamedTuple, Protocol

from qlines.cli.simulate.calls import Callee
from qlines.cli.simulate.models import (
    door_contact,
    gps_tracker,
    machine,
    pump,
    water_meter,
    weather_station,
)

KINDS: tuple[Any, ...] = (weather_station, water_meter, gps_tracker, machine, door_contact)


class Model(Callee, Protocol):
    """A device that can be simulated, and obeys commands."""

    def message(self, now: float) -> dict[str, Any] | None:
        """Return the values sent at *now* (epoch seconds), or None while the device is silent."""
        ...


class Simulated(NamedTuple):
    """One device: its name, its model, and its interval."""

    name: str
    model: Model
    every_seconds: float


def make(count: int, seed: int) -> list[Simulated]:
    """Return *count* devices, the kinds in turn: Weather station 1, Water meter 1, …"""
    fleet = []
    for index in range(count):
        kind = KINDS[index % len(KINDS)]
        name = f"{kind.NAME} {index // len(KINDS) + 1}"
        random = Random(seed * 100_003 + index)  # noqa: S311 - weather, not keys
        fleet.append(Simulated(name, kind.Model(random), kind.EVERY_SECONDS))
    return fleet


def make_pump(seed: int) -> Simulated:
    """Return the pump of a demonstration, which overheats every few minutes."""
    random = Random(seed)  # noqa: S311 - temperatures, not keys
    return Simulated(pump.NAME, pump.Model(random), pump.EVERY_SECONDS)


class Schedule:
    """Which device sends when: each at its own interval, or all together at *rate* per second."""

    def __init__(self, fleet: list[Simulated], rate: float | None, start: float) -> None:
        total = sum(1.0 / device.every_seconds for device in fleet)
        stretch = total / rate if rate else 1.0
        self._every = [device.every_seconds * stretch for device in fleet]
        # The first messages are spread over the interval: real devices do not start together.
        self._due = [
            (start + every * (index + 1) / (len(fleet) + 1), index)
            for index, every in enumerate(self._every)
        ]
        heapq.heapify(self._due)

    def next_at(self) -> float:
        """Return the time at which the next device is due."""
        return self._due[0][0]

    def take(self, now: float, limit: int) -> list[int]:
        """Return the indexes of at most *limit* due devices, the longest overdue first.

        The next time is counted from the due time and not from *now*, so a delay is caught up.
        """
        taken = []
        for _ in itertools.repeat(None, limit):
            at, index = self._due[0]
            if at > now:
                break
            heapq.heapreplace(self._due, (at + self._every[index], index))
            taken.append(index)
        return taken
