"""Fetch from the twin's ClickHouse what this side has not stored, and cannot read from any log.

1. Copy `latest`, so that pages show the newest values at once.
2. For each partition of the twin, the newest first, compare its blocks on both sides as they are
   stored: equal ones, nearly all of them after an outage, cost one query.
3. In a block that differs compare its devices likewise.
4. Take the devices that differ in portions, and copy the points that are not here, until none is
   missing: both servers compare a hash of each point's device, key and time.
5. Note the partition as done. A kill repeats one partition, and copies nothing that is there.

It only fetches; what the twin lacks, the twin fetches. What the twin stores while this runs comes
from its log, so a few points may be missing for a moment: everything that was in the twin's tables
when this was asked for is here.
"""

import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from clickhouse_driver import Client

from qlines import catch_up_record
from qlines.catch_up_record import Progress, Request
from qlines.clock import Clock
from qlines.errors import BackPressureError
from qlines.store import peer_plan as plan
from qlines.store import peer_points
from qlines.store.peer_points import Place, Portion

log = logging.getLogger(__name__)

ROUNDS = 3


class Servers(NamedTuple):
    """The own ClickHouse and the twin's; *place* is where the own one finds the twin's."""

    own: Client
    peer: Client
    place: Place


class Limits(NamedTuple):
    """What the machine allows: a measure is taken each time it is asked for.

    *cutoff_us* is the retention's; *room_bytes* is what may be written, None when ClickHouse runs
    elsewhere; *is_busy* is whether the pipeline is late.
    """

    cutoff_us: Callable[[], int]
    room_bytes: Callable[[], int] | None
    is_busy: Callable[[], bool]


class CatchUp:
    """The state of the loop; the caller repeats run_once()."""

    def __init__(self, servers: Servers, limits: Limits, data_dir: Path, clock: Clock) -> None:
        self._servers = servers
        self._limits = limits
        self._data_dir = data_dir
        self._clock = clock
        self._request: Request | None = None
        self._progress = Progress(0.0)
        self._steps: Iterator[None] = iter(())

    def run_once(self) -> bool:
        """Copy one portion and rest; return False when nothing is left to do.

        Raise StoreUnavailableError when a server does not answer and BackPressureError while the
        disk has too little room; the next call continues at the partition where this one was.
        """
        request = catch_up_record.read_request(self._data_dir)
        if request is None or not catch_up_record.is_needed(self._data_dir):
            return False
        if self._limits.is_busy():
            self._clock.sleep(plan.BUSY_SECONDS)
            return True
        if request != self._request:
            self._begin(request)
        began = self._clock.monotonic()
        try:
            next(self._steps, None)
        except BaseException:
            self._request = None  # a generator that raised an error has ended
            raise
        worked = self._clock.monotonic() - began
        self._clock.sleep(plan.rest_seconds(worked))
        return True

    def _begin(self, request: Request) -> None:
        known = catch_up_record.read_progress(self._data_dir)
        if known is None or known.requested_at != request.at:
            log.info("fetching readings from the twin: %s", request.reason)
            known = Progress(request.at)
        self._progress, self._request = known, request
        self._note()
        self._steps = self._all()

    def _all(self) -> Iterator[None]:
        self._check_tables()
        if not self._progress.done:
            self._note(sentence="fetching the newest values")
            peer_points.copy_latest(self._servers.own, self._servers.place)
            yield
        sizes = peer_points.partitions(self._servers.peer)
        cutoff_us = self._limits.cutoff_us()
        left = plan.partitions_to_do(sizes, self._progress.done, cutoff_us)
        self._note(total=len(left) + len(self._progress.done))
        for name in left:
            self._check_room(name, sizes[name])
            self._note(sentence=f"comparing the readings of {name}")
            yield from self._partition(name, cutoff_us)
            os.sync()  # ClickHouse 18.16 does not, and after a power cut nobody would look again
            self._note(done=(*self._progress.done, name))
        finished_at = self._clock.now_us() / 1e6
        self._note(finished_at=finished_at, sentence=f"fetched {self._progress.copied} points")
        log.info("all readings of the twin are here: %s", self._progress.sentence)

    def _check_tables(self) -> None:
        for client in (self._servers.own, self._servers.peer):
            if peer_points.is_moving(client):
                raise BackPressureError("init", "the tables of readings are being migrated")

    def _check_room(self, name: str, peer_bytes: int) -> None:
        if self._limits.room_bytes is None:
            return
        needed = peer_bytes - peer_points.partitions(self._servers.own).get(name, 0)
        room = self._limits.room_bytes()
        if needed > room:
            reason = (
                f"fetching the twin's readings of {name} takes {needed >> 20} MB of the disk,"
                f" {max(room, 0) >> 20} MB are free for it: add space"
            )
            self._note(sentence=reason)
            raise BackPressureError("disk", reason)

    def _partition(self, name: str, cutoff_us: int) -> Iterator[None]:
        first, last = plan.blocks_to_compare(name, cutoff_us)
        own = peer_points.blocks(self._servers.own, first, last)
        peer = peer_points.blocks(self._servers.peer, first, last)
        yield
        for block in plan.differing(own, peer):
            yield from self._block(name, block)

    def _block(self, name: str, block: int) -> Iterator[None]:
        own = peer_points.devices(self._servers.own, block)
        peer = peer_points.devices(self._servers.peer, block)
        for portion in plan.portions(block, plan.differing(own, peer), own, peer):
            self._complete(portion)
            yield
        now = peer_points.devices(self._servers.own, block)
        copied = self._progress.copied + plan.total(now) - plan.total(own)
        sentence = f"fetching the readings of {name}, {copied} points so far"
        self._note(copied=copied, sentence=sentence)

    def _complete(self, portion: Portion) -> None:
        """Copy what is missing of a portion; what is still missing then has just arrived there."""
        own, _, place = self._servers
        for _ in range(ROUNDS):
            peer_points.copy(own, place, portion)
            missing = peer_points.missing(own, place, portion)
            if not missing:
                return
        log.info("%s points have just arrived at the twin, and are left to its log", missing)

    def _note(self, **changes: object) -> None:
        self._progress = self._progress._replace(**changes)  # type: ignore[arg-type]  # its own fields
        catch_up_record.write_progress(self._data_dir, self._progress)
