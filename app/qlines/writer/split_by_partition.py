"""Split readings so that no insert touches too many of ClickHouse's monthly partitions; pure.

A server accepts 100 partitions per insert (max_partitions_per_insert_block) and refuses more with
an error that looks temporary. A device that uploads an old log, or whose clock jumped, reaches
that: the times of a message may lie anywhere from the year 2000 on.
"""

from collections.abc import Iterator

from qlines.reading import Reading

# The shortest month: readings within n of these touch at most n + 1 partitions.
MONTH_US = 28 * 86_400_000_000
MAX_MONTHS_PER_INSERT = 60


def split_by_partition(readings: list[Reading]) -> Iterator[list[Reading]]:
    """Yield *readings* in groups of at most about 60 months; nearly always a single group."""
    if not readings:
        return
    times = [reading.ts_us for reading in readings]
    if max(times) - min(times) < MAX_MONTHS_PER_INSERT * MONTH_US:
        yield readings
        return
    by_span: dict[int, list[Reading]] = {}
    for reading in readings:
        by_span.setdefault(reading.ts_us // (MAX_MONTHS_PER_INSERT * MONTH_US), []).append(reading)
    yield from by_span.values()
