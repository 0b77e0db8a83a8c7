"""Query one device's series for a chart: at most so many points per key, aggregated."""

import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from clickhouse_driver import Client

from qlines.clients.clickhouse import raising_unavailable
from qlines.store.point_time import BLOCK_IN_RANGE, TS
from qlines.store.points import BOOL, NUMBER, TimedValue, plain_number, value_of

AGGREGATES = {
    "avg": "avg(number)",
    "min": "min(number)",
    "max": "max(number)",
    "sum": "sum(number)",
    "last": "argMax(number, ts)",
    "count": "toFloat64(uniqExact(ts))",
    "band": "avg(number), min(number), max(number)",
}
# For keys that have other values beside numbers. Without numbers minIf and maxIf return 0;
# callers must check the kind of the last value.
AGGREGATES_OF_NUMBERS = {
    "avg": "avgIf(number, kind = 'number')",
    "min": "minIf(number, kind = 'number')",
    "max": "maxIf(number, kind = 'number')",
    "sum": "sumIf(number, kind = 'number')",
    "last": "argMax(number, ts)",
    # A pump that was on for a second must stay visible, so a bool counts as 0 or 1.
    "band": (
        "avgIf(number, kind = 'number'), minIf(number, kind = 'number' OR kind = 'bool'),"
        " maxIf(number, kind = 'number' OR kind = 'bool')"
    ),
}
BUCKETS_AT_A_TIME = 2_000  # some milliseconds

CHANGED_BY_DUPLICATES = ("avg", "sum", "band")

_SELECTED = f" device = %(device)s AND key IN %(keys)s AND {BLOCK_IN_RANGE}"
_IN_RANGE = " ts BETWEEN %(from_us)s AND %(to_us)s"
_BUCKETS = f"SELECT key, intDiv({TS} - %(from_us)s, %(width_us)s) AS bucket, max({TS} AS ts)"
_PLAIN = (
    f" FROM points PREWHERE{_SELECTED} WHERE{_IN_RANGE} GROUP BY key, bucket ORDER BY key, bucket"
)
# Twice as slow, and needed only while duplicates wait to be merged. 18.16 accepts no PREWHERE
# together with FINAL.
_MERGED = (
    f" FROM points FINAL WHERE{_SELECTED} AND{_IN_RANGE} GROUP BY key, bucket ORDER BY key, bucket"
)

_HAS_OTHER_VALUES = ", max(kind != 'number' OR notEmpty(text))"
_HAS_DUPLICATES = ", count() != uniqExact(ts)"
_LAST = ", argMax(toInt8(kind), ts), argMax(number, ts), argMax(text, ts), uniqExact(ts)"


class Bucket(NamedTuple):
    """One key's points in one stretch of time.

    *last_us* is the time of its last point. *has_other_values* is 1 when it holds anything but
    numbers that a Float64 represents exactly, *has_duplicates* is 1 when it holds a point twice.
    *aggregates* are three for a band, else one.
    """

    key: str
    position: int
    last_us: int
    has_other_values: int
    has_duplicates: int
    aggregates: tuple[float, ...]


class BandPoint(NamedTuple):
    """The mean of a bucket with its lowest and highest number; *ts_us* is of its last point.

    A bucket that ends with another kind has its last value instead of a mean. A bool counts as 0
    or 1; *lowest* and *highest* are None in a bucket that ends with text or JSON.
    """

    ts_us: int
    value: Any
    lowest: float | None
    highest: float | None


def series(
    client: Client,
    device: str,
    keys: Sequence[str],
    from_us: int,
    to_us: int,
    points: int,
    agg: str,
) -> dict[str, list[TimedValue]]:
    """Return at most *points* values for each key that has any, oldest first.

    *agg* is a key of AGGREGATES. Raise StoreUnavailableError when ClickHouse does not answer.

    1. The range is cut into *points* buckets of whole microseconds. A value's time is that of the
       bucket's last point, so a bucket with one point shows it unchanged.
    2. Numbers are aggregated (avg, min, max, sum, last). Where a bucket ends with another kind
       (bool, text, JSON), its last value is returned. `count` counts points of any kind.
    3. Only when a bucket holds other values does a second query fetch the last ones, and only
       when it holds duplicates (ClickHouse has not merged them yet) does the query run again on
       merged rows.
    """
    by_key: dict[str, list[TimedValue]] = defaultdict(list)
    for key, ts_us, (value,) in _values(client, device, keys, from_us, to_us, points, agg):
        by_key[key].append(TimedValue(ts_us, value))
    return dict(by_key)


def bands(
    client: Client, device: str, keys: Sequence[str], from_us: int, to_us: int, points: int
) -> dict[str, list[BandPoint]]:
    """Return at most *points* bands for each key that has any, in the buckets of series().

    One query reads the points once for the mean, the lowest and the highest.
    """
    by_key: dict[str, list[BandPoint]] = defaultdict(list)
    for key, ts_us, band in _values(client, device, keys, from_us, to_us, points, "band"):
        by_key[key].append(BandPoint(ts_us, *band))
    return dict(by_key)


def _values(
    client: Client,
    device: str,
    keys: Sequence[str],
    from_us: int,
    to_us: int,
    points: int,
    agg: str,
) -> Iterator[tuple[str, int, tuple[Any, ...]]]:
    """Yield key, time and aggregates of each bucket, by key and time."""
    if not keys or points < 1 or to_us < from_us:
        return
    parameters = {
        "device": device,
        "keys": tuple(keys),
        "from_us": max(from_us, 0),
        "to_us": max(to_us, 0),
        "width_us": -(-(to_us - max(from_us, 0) + 1) // points),
    }
    source = _PLAIN
    buckets = _buckets(client, agg, source, parameters)
    if agg in CHANGED_BY_DUPLICATES and any(bucket.has_duplicates for bucket in buckets):
        source = _MERGED
        buckets = _buckets(client, agg, source, parameters)
    mixed_keys = sorted({bucket.key for bucket in buckets if bucket.has_other_values})
    last_values: dict[tuple[str, int], tuple[Any, ...]] = {}
    if mixed_keys and agg != "count":
        last_values = _last_values(client, agg, source, parameters | {"keys": tuple(mixed_keys)})
    for number_of_bucket, bucket in enumerate(buckets):
        if number_of_bucket % BUCKETS_AT_A_TIME == 0:
            time.sleep(0)  # in a process with green threads it is the others' turn
        numbers = tuple(plain_number(aggregate) for aggregate in bucket.aggregates)
        values = last_values.get((bucket.key, bucket.position), numbers)
        yield bucket.key, bucket.last_us, values


@raising_unavailable()
def _buckets(client: Client, agg: str, source: str, parameters: dict[str, Any]) -> list[Bucket]:
    has_duplicates = _HAS_DUPLICATES if agg in CHANGED_BY_DUPLICATES else ", 0"
    columns = _HAS_OTHER_VALUES + has_duplicates + ", " + AGGREGATES[agg]
    rows = client.execute(_BUCKETS + columns + source, parameters)
    return [
        Bucket(key, position, last_us, has_others, has_duplicates, tuple(aggregates))
        for key, position, last_us, has_others, has_duplicates, *aggregates in rows
    ]


@raising_unavailable()
def _last_values(
    client: Client, agg: str, source: str, parameters: dict[str, Any]
) -> dict[tuple[str, int], tuple[Any, ...]]:
    """Return the values of each bucket, by key and position, of keys that hold more than numbers.

    The first one is the aggregate, or the last value where that says more.
    """
    query = _BUCKETS + _LAST + ", " + AGGREGATES_OF_NUMBERS[agg] + source
    found = {}
    for key, position, _, kind, number, text, count, *aggregates in client.execute(
        query, parameters
    ):
        first, *extremes = map(plain_number, aggregates)
        if kind != NUMBER or count == 1 or agg == "last":
            first = value_of(kind, number, text)
        if kind not in (NUMBER, BOOL):
            extremes = [None] * len(extremes)
        found[key, position] = (first, *extremes)
    return found
