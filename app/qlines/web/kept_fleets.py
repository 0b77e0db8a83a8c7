"""Keeps each owner's fleet for two seconds: it is dear to compute and asked for again and again."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from bson import ObjectId

from qlines.clock import Clock
from qlines.store.devices import NamedDevice
from qlines.store.status import Activity

KEPT_SECONDS = 2.0


class Fleet(NamedTuple):
    """An owner's devices by name, and their activity by id.

    *has_values* is false while ClickHouse does not answer.
    """

    named: Sequence[NamedDevice]
    activities: Mapping[str, Activity]
    has_values: bool


class KeptFleets:
    """The fleets by owner."""

    def __init__(self) -> None:
        self._fleets: dict[ObjectId, tuple[float, Fleet]] = {}  # with the end of their time

    def of(self, owner: ObjectId, clock: Clock, compute: Callable[[], Fleet]) -> Fleet:
        """Return the fleet that is kept, or compute it and keep it."""
        now = clock.monotonic()
        self._fleets = {one: kept for one, kept in self._fleets.items() if kept[0] > now}
        fleets = self._fleets
        if owner not in fleets:
            # After a clear() in the meantime this is no longer the dictionary that is read.
            fleets[owner] = (clock.monotonic() + KEPT_SECONDS, compute())
        return fleets[owner][1]

    def clear(self) -> None:
        """Forget all of them: what they were computed from has changed."""
        self._fleets = {}
