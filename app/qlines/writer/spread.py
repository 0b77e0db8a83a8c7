"""Divide readings so that no insert touches too many of ClickHouse's monthly partitions; pure.

A server takes 100 partitions an insert (max_partitions_per_insert_block) and refuses more, with an
error that looks as if it would pass. Devices that upload an old log, or whose clock jumped, reach
that: a message's times may lie anywhere from the year 2000 on.
"""

from collections.abc import Iterator

from qlines.reading import Reading

MONTH_US = 28 * 86_400_000_000  # the shortest: a span of n of these touches at most n + 1 months
MOST_MONTHS = 60


def spread(readings: list[Reading]) -> Iterator[list[Reading]]:
    """Yield *readings* in groups of at most about 60 months; nearly always it is one group."""
    if not readings:
        return
    times = [reading.ts_us for reading in readings]
    if max(times) - min(times) < MOST_MONTHS * MONTH_US:
        yield readings
        return
    by_span: dict[int, list[Reading]] = {}
    for reading in readings:
        by_span.setdefault(reading.ts_us // (MOST_MONTHS * MONTH_US), []).append(reading)
    yield from by_span.values()
