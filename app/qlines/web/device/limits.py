"""Rate limits of devices and owners over HTTP: who must wait, how long, and why. Pure.

The broker's plugin has the same rules (appliance/broker/rate_limit.c). Each counts by itself: a
device that sends over both protocols may send twice as much.
"""

import math
from typing import NamedTuple

from qlines.store.registry_file import Device

BURST_SECONDS = 5  # so many seconds' worth may come at once, as from a device that was offline
MAX_WAIT_SECONDS = 20  # the longest Retry-After, however much is owed
MAX_DEBT_SECONDS = 3600  # what is forgiven: one message locks nobody out for longer
BYTES_PER_POINT = 64
MAX_BUCKETS = 50_000


class Limits(NamedTuple):
    """What one device, and all devices of one owner together, may send per second; 0: no limit."""

    device_messages: int
    device_points: int
    owner_messages: int
    owner_points: int


class Wait(NamedTuple):
    """The device must wait; *reason* is a sentence for its owner and its developer."""

    seconds: int
    reason: str


_REASONS = (
    "the device sends more than {} messages a second, the most that one device may send",
    "the device sends more than {} values a second, the most that one device may send",
    "the devices of this owner send more than {} messages a second together, the most allowed",
    "the devices of this owner send more than {} values a second together, the most allowed",
)
_REMEDY = "send less often, fewer values, or several readings in one message"


def points_in(payload: bytes) -> int:
    """Return how many points a payload counts as: a colon each, or one for every 64 bytes."""
    return max(payload.count(b":"), len(payload) // BYTES_PER_POINT)


class Meters:
    """Token buckets, each as the time at which all that was charged to it is paid for.

    Times are seconds of a monotonic clock. A bucket may be overdrawn by the messages that arrive
    at the same time, and all of that is paid for.
    """

    def __init__(self, limits: Limits) -> None:
        self._per_second = (
            limits.device_messages,
            limits.device_points,
            limits.owner_messages,
            limits.owner_points,
        )
        self._due: dict[tuple[int, str], float] = {}

    def wait(self, device: Device, now: float) -> Wait | None:
        """Return how long the device must wait before its next request, None when it need not."""
        waits = [
            Wait(
                min(math.ceil(owed - BURST_SECONDS), MAX_WAIT_SECONDS),
                f"{reason.format(f'{limit:,}')}: {_REMEDY}",
            )
            for key, limit, reason in zip(_keys(device), self._per_second, _REASONS, strict=True)
            if (owed := self._due.get(key, now) - now) > BURST_SECONDS
        ]
        return max(waits, default=None)

    def charge(self, device: Device, messages: int, points: int, now: float) -> None:
        """Charge so many messages and points to the device and its owner."""
        if len(self._due) >= MAX_BUCKETS:
            self._due = {key: due for key, due in self._due.items() if due > now}
        amounts = (messages, points, messages, points)
        for key, limit, amount in zip(_keys(device), self._per_second, amounts, strict=True):
            if limit:
                due = max(self._due.get(key, now), now) + amount / limit
                self._due[key] = min(due, now + BURST_SECONDS + MAX_DEBT_SECONDS)


def _keys(device: Device) -> tuple[tuple[int, str], ...]:
    return (0, device.id), (1, device.id), (2, device.owner), (3, device.owner)
