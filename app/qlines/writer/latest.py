"""Reduce readings to the latest value of each device and key; pure."""

from collections.abc import Iterable

from qlines.reading import Reading, Value


def latest_of(readings: Iterable[Reading]) -> list[Reading]:
    """Return one reading with one key for each device and key.

    The highest time wins; of equal times the one that comes later in *readings*.
    """
    latest: dict[tuple[str, str], tuple[str, int, Value]] = {}
    for device, owner, ts_us, values in readings:
        for key, value in values.items():
            known = latest.get((device, key))
            if known is None or known[1] <= ts_us:
                latest[device, key] = owner, ts_us, value
    return [
        Reading(device, owner, ts_us, {key: value})
        for (device, key), (owner, ts_us, value) in latest.items()
    ]
