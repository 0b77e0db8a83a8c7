"""Reduce readings to the newest value of each device and key; pure."""

from collections.abc import Iterable

from qlines.reading import Reading, Value


def newest_of(readings: Iterable[Reading]) -> list[Reading]:
    """Return a reading of one key for each device and key; of two at one time the later counts."""
    newest: dict[tuple[str, str], tuple[str, int, Value]] = {}
    for device, owner, ts_us, values in readings:
        for key, value in values.items():
            known = newest.get((device, key))
            if known is None or known[1] <= ts_us:
                newest[device, key] = owner, ts_us, value
    return [
        Reading(device, owner, ts_us, {key: value})
        for (device, key), (owner, ts_us, value) in newest.items()
    ]
