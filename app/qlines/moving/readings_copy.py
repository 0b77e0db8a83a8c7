"""Copy the past readings into the target's ClickHouse, the oldest first, and prove each portion.

1. For each partition of the source, compare its blocks as they are stored: equal ones cost one
   query, so a copy that continues after a kill, or that brings up to date what a move back left
   there, begins quickly.
2. In a block that differs compare its devices likewise, and take those that differ in portions.
3. Of a portion, count the points in the source and add up the hashes of their keys; copy it; do
   the same in the target. When the sums differ, what the source had is looked for hash by hash.
4. Note the partition as done.

What the source stores in the meantime comes from its Kafka afterwards (readings_follow.py).
"""

from collections.abc import Callable
from typing import NamedTuple

from clickhouse_driver import Client

from qlines.clock import Clock
from qlines.moving.error import MoveError
from qlines.moving.progress import MoveProgress
from qlines.store import partition, peer_plan, peer_points, point_copy
from qlines.store.peer_points import NONE, Portion

ROUNDS = 3


class Pair(NamedTuple):
    """A client of each ClickHouse."""

    source: Client
    target: Client


class ReadingsCopy:
    """The copy; *is_busy* says whether the pipeline is late, *cutoff_us* is the retention's."""

    def __init__(
        self, pair: Pair, progress: MoveProgress, *,
        is_busy: Callable[[], bool], cutoff_us: int, clock: Clock,
    ) -> None:  # fmt: skip
        self._pair = pair
        self._progress = progress
        self._is_busy = is_busy
        self._cutoff_us = cutoff_us
        self._clock = clock

    def run(self) -> None:
        """Copy what is not noted as done; raise MoveError when the target does not keep it."""
        done = self._progress.record.done
        names = peer_points.partitions(self._pair.source)
        left = partitions_to_copy(list(names), done, self._cutoff_us)
        self._progress.note(total=len(left) + len(done))
        for name in left:
            self._progress.note(sentence=f"copying the readings of {name}")
            self._copy_partition(name)
            self._progress.note(done=(*self._progress.record.done, name))
        point_copy.copy_latest(self._pair.source, self._pair.target)

    def _copy_partition(self, name: str) -> None:
        source, target = self._pair
        first, last = peer_plan.blocks_to_compare(name, self._cutoff_us)
        theirs, ours = (peer_points.blocks(one, first, last) for one in (source, target))
        for block in peer_plan.differing(ours, theirs):
            self._copy_block(name, block)

    def _copy_block(self, name: str, block: int) -> None:
        theirs, ours = (peer_points.devices(one, block) for one in self._pair)
        devices = peer_plan.differing(ours, theirs)
        for portion in peer_plan.portions(block, devices, ours, theirs):
            began = self._clock.monotonic()
            copied = self._progress.record.copied + self._complete(portion)
            sentence = f"copying the readings of {name}, {copied:,} points so far"
            self._progress.note(copied=copied, sentence=sentence)
            self._rest(self._clock.monotonic() - began)

    def _complete(self, portion: Portion) -> int:
        """Copy a portion unless it is there; return how many points were copied."""
        source, target = self._pair
        wanted = point_copy.stored_once(source, portion)
        if wanted in (NONE, point_copy.stored_once(target, portion)):
            return 0
        copied = point_copy.copy(source, target, portion)
        if point_copy.stored_once(target, portion) == wanted:
            return copied
        # More may have arrived, or the target has what the source has deleted.
        for _ in range(ROUNDS):
            hashes = point_copy.hashes(source, portion)
            copied = point_copy.copy(source, target, portion)
            missing = hashes - point_copy.hashes(target, portion)
            if not missing:
                return copied
        raise MoveError(
            f"the target's ClickHouse must keep what is inserted, and {len(missing)} points of the"
            f" block {portion.block} are not there after {ROUNDS + 1} copies: see its log"
        )

    def _rest(self, worked_seconds: float) -> None:
        self._clock.sleep(peer_plan.rest_seconds(worked_seconds))
        while self._is_busy():
            self._clock.sleep(peer_plan.BUSY_SECONDS)


def partitions_to_copy(names: list[str], done: tuple[str, ...], cutoff_us: int) -> list[str]:
    """Return the partitions that are left, the oldest first; without what is expired; pure."""
    return sorted(
        peer_plan.partitions_to_do(names, done, cutoff_us), key=partition.start_us
    )  # fmt: skip
