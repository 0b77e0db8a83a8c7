"""The list of ClickHouse's parts before its start, and which of them it lost.

A part is a folder of files, ``<partition>_<first block>_<last block>_<level>``, and the number of
the last ALTER … DELETE, if any. An insert makes a part of level 0; a merge replaces several parts
by one of all their blocks. ClickHouse 18.16 does not sync parts to the disk. At its start it
compares the sizes of their files, and drops a part of level 0 whose sizes are wrong, and a merged
one when the parts that it replaced are still there; another merged one it moves to `detached`.
"""

import json
import re
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from appliance.shared.files import write_atomically

PART_NAME = re.compile(r"([^_]+)_(\d+)_(\d+)_(\d+)(?:_\d+)?")
FILE = "clickhouse-parts.json"
OLD_PARTS_SECONDS = 55  # old_parts_lifetime in etc/clickhouse/config.xml, less a margin


class Part(NamedTuple):
    """A part; *modified* is when it was written, in seconds since 1970."""

    table: str
    name: str
    modified: float

    @property
    def level(self) -> int:
        """Return 0 for the part of an insert, more for a merged one."""
        return _split(self.name)[3]

    def is_of(self, table: str, partitions: Collection[str]) -> bool:
        """Return whether this part belongs to one of these partitions of *table*."""
        return self.table == table and _split(self.name)[0] in partitions

    def covers(self, other: "Part") -> bool:
        """Return whether this part holds the rows of *other*, or is the same."""
        partition, first, last, _ = _split(self.name)
        its_partition, its_first, its_last, _ = _split(other.name)
        is_of_same_folder = (self.table, partition) == (other.table, its_partition)
        return is_of_same_folder and first <= its_first and its_last <= last


class StartState(NamedTuple):
    """ClickHouse's volume before a start."""

    is_unclean: bool
    parts: list[Part]


def write_start_state(run_dir: Path, state: StartState) -> None:
    """Write what read_start_state() returns."""
    write_atomically(run_dir / FILE, json.dumps(state))


def read_start_state(run_dir: Path) -> StartState | None:
    """Return what was there before ClickHouse's start; None when it runs elsewhere.

    None also once the writer knows what was lost, and has removed the list.
    """
    try:
        is_unclean, parts = json.loads((run_dir / FILE).read_text())
    except FileNotFoundError:
        return None
    return StartState(is_unclean, [Part(*part) for part in parts])


def forget_partitions(run_dir: Path, table: str, names: Collection[str]) -> None:
    """Remove partitions that are about to be dropped: what is dropped on purpose is not lost."""
    state = read_start_state(run_dir)
    if state and names:
        kept = [part for part in state.parts if not part.is_of(table, names)]
        write_start_state(run_dir, state._replace(parts=kept))


def lost(before: list[Part], now: list[Part]) -> list[Part]:
    """Return the parts of *before* whose rows are not in *now*; pure.

    A merged part that was dropped is not lost when those it replaced are there; ClickHouse keeps
    them for OLD_PARTS_SECONDS.
    """
    newest = max((part.modified for part in before), default=0.0)
    return [
        part
        for part in before
        if not any(other.covers(part) for other in now)
        and not (
            newest - part.modified < OLD_PARTS_SECONDS
            and sum(part.covers(other) for other in now) > 1
        )
    ]


def _split(name: str) -> tuple[str, int, int, int]:
    match = PART_NAME.fullmatch(name)
    if not match:
        raise ValueError(f"a part's name is partition_block_block_level, got {name!r}")
    partition, first, last, level = match.groups()
    return partition, int(first), int(last), int(level)
