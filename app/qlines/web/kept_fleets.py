"""Keeps each owner's fleet, which is dear to compute and asked for again and again.

| age of the kept one | a request gets |
|---|---|
| up to 2 s | the kept one |
| up to 30 s | the kept one, and it is computed again in the background |
| older, none, or a device was added, renamed or removed since | a new one, for which it waits |
"""

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from bson import ObjectId

from qlines.clock import Clock
from qlines.errors import StoreUnavailableError
from qlines.store.device_search import NamedDevice
from qlines.store.status import Activity
from qlines.web.background import in_background

log = logging.getLogger(__name__)

FRESH_SECONDS = 2.0
KEPT_SECONDS = 30.0
ANSWER_SECONDS = 0.2  # by then the request that asked is answered: computing would hold it up


class Fleet(NamedTuple):
    """An owner's devices by name, and their activity by id.

    *has_values* is false while ClickHouse does not answer.
    """

    named: Sequence[NamedDevice]
    activities: Mapping[str, Activity]
    has_values: bool


class _Kept(NamedTuple):
    fleet: Fleet
    asked_at: float
    generation: int


def after_the_answer(function: Callable[[], None]) -> None:
    """Run a function in the background a moment from now."""

    def run() -> None:
        time.sleep(ANSWER_SECONDS)
        function()

    in_background(run)


class KeptFleets:
    """The fleets by owner.

    *generation* returns the registry's, which rises also when another program or the other twin
    changes a device; *start* runs a function in the background.
    """

    def __init__(
        self,
        generation: Callable[[], int] = lambda: 0,
        start: Callable[[Callable[[], None]], None] = after_the_answer,
    ) -> None:
        self._generation = generation
        self._start = start
        self._fleets: dict[ObjectId, _Kept] = {}
        self._refreshing: set[ObjectId] = set()
        self._changes = 0

    def of(self, owner: ObjectId, clock: Clock, compute: Callable[[], Fleet]) -> Fleet:
        """Return the fleet that is kept, or compute it and keep it."""
        now = clock.monotonic()
        self._drop_older_than(now - KEPT_SECONDS)
        kept = self._fleets.get(owner)
        if kept is None or kept.generation != self._generation():
            return self._compute(owner, clock, compute)
        if now - kept.asked_at > FRESH_SECONDS and owner not in self._refreshing:
            self._refreshing.add(owner)
            self._start(lambda: self._refresh(owner, clock, compute))
        return kept.fleet

    def clear(self) -> None:
        """Forget all of them: what they were computed from has changed."""
        self._changes += 1
        self._fleets.clear()

    def _drop_older_than(self, moment: float) -> None:
        for owner in [one for one, kept in self._fleets.items() if kept.asked_at < moment]:
            del self._fleets[owner]

    def _refresh(self, owner: ObjectId, clock: Clock, compute: Callable[[], Fleet]) -> None:
        try:
            self._compute(owner, clock, compute)
        except StoreUnavailableError as error:
            log.warning("kept an old list of devices: %s", error)
        except Exception:  # nobody waits for the result, which would raise it
            log.exception("kept an old list of devices")
        finally:
            self._refreshing.discard(owner)

    def _compute(self, owner: ObjectId, clock: Clock, compute: Callable[[], Fleet]) -> Fleet:
        changes, asked_at, generation = self._changes, clock.monotonic(), self._generation()
        fleet = compute()
        if changes == self._changes:  # else it may be from before the change
            self._fleets[owner] = _Kept(fleet, asked_at, generation)
        return fleet
