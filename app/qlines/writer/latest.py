"""Reduce readings to the latest value of each device and key, and to when each was seen; pure."""

from collections.abc import Iterable, Mapping

from qlines.reading import Reading, Value
from qlines.store.readings import SEEN


def latest_of(readings: Iterable[Reading]) -> list[Reading]:
    """Return one reading with one key for each device and key.

    The highest time wins; of equal times the one that comes later in *readings*.
    """
    latest: dict[tuple[str, str], tuple[str, int, Value]] = {}
    for device, owner, ts_us, values, _received_us in readings:
        for key, value in values.items():
            known = latest.get((device, key))
            if known is None or known[1] <= ts_us:
                latest[device, key] = owner, ts_us, value
    return [
        Reading(device, owner, ts_us, {key: value})
        for (device, key), (owner, ts_us, value) in latest.items()
    ]


def seen_of(arrivals_ms: Mapping[str, int]) -> list[Reading]:
    """Return one reading for each device, whose time is when something arrived from it.

    *arrivals_ms* are epoch milliseconds of this side's clock: that of a device may be wrong.
    """
    return [Reading(device, "", at * 1000, {SEEN: 0}) for device, at in arrivals_ms.items()]
