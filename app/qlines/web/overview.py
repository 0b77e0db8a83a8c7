"""The overview: the registry's devices joined with their newest readings and their presence."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from qlines.store.presence import Presence
from qlines.store.status import Status, last_seen_us, status_of
from qlines.web.times import ms_of_us, us_of

Latest = Mapping[str, tuple[int, Any]]  # key ▶ (microseconds, value)
ORDER_OF_STATUS: dict[Status, int] = {"online": 0, "offline": 1, "never": 2}


class Seen(NamedTuple):
    """Whether a device is online, and its last sign of life in microseconds."""

    status: Status
    last_seen_us: int | None


def seen_of(
    presence: Presence | None, newest_us: int | None, now_us: int, *, readings_known: bool = True
) -> Seen:
    """Judge one device by its presence and its newest reading.

    While its readings are unknown nobody can say that it was never seen: it counts as offline.
    """
    changed: datetime | None = presence.changed_at if presence else None
    seen = last_seen_us(newest_us, us_of(changed) if changed else None, now_us)
    connected = presence is not None and presence.connected
    status = status_of(connected=connected, seen_us=seen, now_us=now_us)
    return Seen("offline" if status == "never" and not readings_known else status, seen)


def row(device: Mapping[str, Any], latest: Latest, seen: Seen) -> dict[str, Any]:
    """Return one device of the overview, as the API shows it."""
    return {
        "id": str(device["_id"]),
        "name": device["name"],
        "status": seen.status,
        "last_seen": None if seen.last_seen_us is None else ms_of_us(seen.last_seen_us),
        "values": {
            key: {"ts": ms_of_us(ts_us), "value": value}
            for key, (ts_us, value) in sorted(latest.items())
        },
    }


def sorted_ids(
    named: Iterable[tuple[str, str]], seen: Mapping[str, Seen], sort: str, *, descending: bool
) -> list[str]:
    """Return the ids by last sign of life or by status, equal ones by name.

    A device that was never seen comes last in both directions: it has no place among times.
    """
    rank = _RANKS[sort]
    known = [device for device, _ in named if seen[device].last_seen_us is not None]
    never = [device for device, _ in named if seen[device].last_seen_us is None]
    # sorted() keeps the order of equals, and *named* comes by name. Reversing would turn it over.
    direction = -1 if descending else 1
    return sorted(known, key=lambda device: direction * rank(seen[device])) + never


_RANKS: dict[str, Callable[[Seen], int]] = {
    "last_seen": lambda seen: seen.last_seen_us or 0,
    "status": lambda seen: ORDER_OF_STATUS[seen.status],
}
