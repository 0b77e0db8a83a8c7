"""What is measured every half minute, for `/metrics` only: plain data. No verdict depends on it."""

from collections.abc import Mapping
from typing import NamedTuple


class Usage(NamedTuple):
    """What a program uses, its child processes included.

    *started_at* is that of its first process, epoch seconds. *memory_bytes* is its proportional
    share (PSS), so that the programs' sum is the container's. *open_files* and *max_open_files* are
    those of the one process that is nearest to its limit.
    """

    started_at: float
    processes: int
    memory_bytes: int
    cpu_seconds: float
    open_files: int
    max_open_files: float


class Container(NamedTuple):
    """What the kernel counts for the container; *limit_bytes* is at most the machine's memory."""

    working_set_bytes: int
    limit_bytes: int
    cpu_seconds: float
    throttled_seconds: float


class Table(NamedTuple):
    """The size of one of ClickHouse's tables, and of its partition with the most parts."""

    rows: int
    bytes: int
    parts: int
    max_parts_per_partition: int


class Measurements(NamedTuple):
    """One round; a part is None when its source did not answer or is not in this container."""

    programs: Mapping[str, Usage] = {}
    container: Container | None = None
    jobs: Mapping[str, int] | None = None
    tables: Mapping[str, Table] | None = None
    mongodb_connections: int | None = None
    kafka_backlog: int | None = None
    seconds: float = 0.0
