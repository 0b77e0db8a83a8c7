"""What a dump of ClickHouse's parts holds: their order, and their rows by table and partition."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from backup.counts import Counts
from backup.errors import BackupError
from qlines.store.part_list import PART_NAME


class Rows(NamedTuple):
    """How many rows of a table are in a partition, or in a part of it."""

    table: str
    partition: str
    rows: int


def in_order(parts: Iterable[str]) -> list[str]:
    """Return the names of parts in the order in which their rows were inserted."""
    return sorted(parts, key=lambda part: (_match(part)[1], int(_match(part)[2])))


def held_rows(data: Path) -> Iterator[Rows]:
    """Yield the rows of each part below *data*; raise BackupError when a part does not say."""
    for table in sorted(os.listdir(data)):
        for part in in_order(os.listdir(data / table)):
            yield Rows(table, _match(part)[1], _count(data / table / part))


def counts_of(rows: Iterable[Rows]) -> Counts:
    """Return the counts of a dump or a restore; raise BackupError when it is empty."""
    by_table: dict[str, int] = {}
    by_partition: dict[str, int] = {}
    for table, partition, number in rows:
        by_table[table] = by_table.get(table, 0) + number
        if table == "points":
            by_partition[partition] = by_partition.get(partition, 0) + number
    if not by_table.get("schema_versions"):
        raise BackupError(
            "ClickHouse has no rows in schema_versions, so these are not the tables of QLines:"
            " look at the log of init"
        )
    return {
        "readings": by_table.get("points", 0),
        "latest": by_table.get("latest", 0),
        **{f"readings of {name}": by_partition[name] for name in sorted(by_partition)},
    }


def _count(part: Path) -> int:
    try:
        return int((part / "count.txt").read_text())
    except (OSError, ValueError) as error:
        raise BackupError(
            f"the part {part.name} of {part.parent.name} does not say how many rows it has:"
            f" {error}; restart ClickHouse, which sets a corrupt part aside"
        ) from error


def _match(part: str) -> tuple[str, str, str]:
    match = PART_NAME.fullmatch(part)
    if not match:
        raise BackupError(f"a part's name is partition_block_block_level, got {part!r}")
    return match[0], match[1], match[2]
