"""Decide which devices there are and when each sends: pure, by seed and time."""

import heapq
import itertools
from random import Random
from typing import Any, NamedTuple, Protocol

from qlines.cli.simulate.models import (
    door_contact,
    gps_tracker,
    machine,
    water_meter,
    weather_station,
)

KINDS: tuple[Any, ...] = (weather_station, water_meter, gps_tracker, machine, door_contact)


class Model(Protocol):
    """What every kind of device can do."""

    def message(self, now: float) -> dict[str, Any] | None:
        """Return what is sent at *now*, or None while the device is silent."""
        ...


class Simulated(NamedTuple):
    """One device: its name, what it is, how often it measures."""

    name: str
    model: Model
    every_seconds: float


def make(count: int, seed: int) -> list[Simulated]:
    """Return *count* devices, the five kinds in turn: Weather station 1, Water meter 1, …"""
    made = []
    for index in range(count):
        kind = KINDS[index % len(KINDS)]
        name = f"{kind.NAME} {index // len(KINDS) + 1}"
        random = Random(seed * 100_003 + index)  # noqa: S311 - weather, not keys
        made.append(Simulated(name, kind.Model(random), kind.EVERY_SECONDS))
    return made


class Schedule:
    """When which device is next, by its own pace or by a rate for all of them together."""

    def __init__(self, fleet: list[Simulated], rate: float | None, start: float) -> None:
        total = sum(1.0 / device.every_seconds for device in fleet)
        stretch = total / rate if rate else 1.0
        self._every = [device.every_seconds * stretch for device in fleet]
        # Spread over their interval: real devices were not switched on together.
        self._due = [
            (start + every * (index + 1) / (len(fleet) + 1), index)
            for index, every in enumerate(self._every)
        ]
        heapq.heapify(self._due)

    def next_at(self) -> float:
        """Return when the next device is due."""
        return self._due[0][0]

    def take(self, now: float, limit: int) -> list[int]:
        """Return the devices that are due, the longest overdue first; at most *limit*.

        The next time counts from the time that was due, so that a moment's delay is made up for.
        """
        taken = []
        for _ in itertools.repeat(None, limit):
            at, index = self._due[0]
            if at > now:
                break
            heapq.heapreplace(self._due, (at + self._every[index], index))
            taken.append(index)
        return taken
