"""Find one device's series as a chart shows them: at most so many points a key, aggregated."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from clickhouse_driver import Client

from qlines.clients.clickhouse import raising_unavailable
from qlines.store.points import NUMBER, plain_number, value_of

BLOCK_US = 2**35
# The time of a row of `points`, which keeps it in pieces (clickhouse_schema/0001_points.sql).
TS = (
    "(toInt64(block) * 34359738368 + toInt64(span) * 16777216 + toInt64(step) * 65536"
    " + toInt64(rest))"
)

AGGREGATES = {
    "avg": "avg(number)",
    "min": "min(number)",
    "max": "max(number)",
    "sum": "sum(number)",
    "last": "argMax(number, ts)",
    "count": "toFloat64(uniqExact(ts))",
}
# Of numbers among other values; min and max of nothing would be 0, but then `last` is no number.
AGGREGATES_OF_NUMBERS = {
    "avg": "avgIf(number, kind = 'number')",
    "min": "minIf(number, kind = 'number')",
    "max": "maxIf(number, kind = 'number')",
    "sum": "sumIf(number, kind = 'number')",
    "last": "argMax(number, ts)",
}
HARMED_BY_DUPLICATES = ("avg", "sum")

_WANTED = (
    " device = %(device)s AND key IN %(keys)s"
    " AND block BETWEEN intDiv(%(from_us)s, 34359738368) AND intDiv(%(to_us)s, 34359738368)"
)
_IN_RANGE = " ts BETWEEN %(from_us)s AND %(to_us)s"
_BUCKETS = f"SELECT key, intDiv({TS} - %(from_us)s, %(width_us)s) AS bucket, max({TS} AS ts), "
_PLAIN = (
    f" FROM points PREWHERE{_WANTED} WHERE{_IN_RANGE} GROUP BY key, bucket ORDER BY key, bucket"
)
# 18.16 takes no PREWHERE beside FINAL. Twice as slow, and needed only while rows wait to be merged.
_MERGED = (
    f" FROM points FINAL WHERE{_WANTED} AND{_IN_RANGE} GROUP BY key, bucket ORDER BY key, bucket"
)

# Whether all values of a bucket are numbers that a Float64 holds, and whether none is there twice.
_IS_SPECIAL = ", max(kind != 'number' OR notEmpty(text))"
_IS_DOUBLE = ", count() != uniqExact(ts)"
_LAST = ", argMax(toInt8(kind), ts), argMax(number, ts), argMax(text, ts), uniqExact(ts)"


def series(
    client: Client,
    device: str,
    keys: Sequence[str],
    from_us: int,
    to_us: int,
    points: int,
    agg: str,
) -> dict[str, list[tuple[int, Any]]]:
    """Return up to *points* pairs of time and value for each key that has any, oldest first.

    1. The range is cut into *points* buckets of whole microseconds. A pair's time is that of the
       bucket's last reading, so a bucket with one reading shows it as it was.
    2. Numbers are aggregated (avg, min, max, sum, last). Where a bucket ends with something else
       (bool, text, JSON), its pair is that. `count` counts whatever there is.
    3. Only when a bucket holds something special does a second query fetch the last values, and
       only when it holds a reading twice (ClickHouse has not merged it yet) does the query run
       again on merged rows.
    """
    if not keys or points < 1 or to_us < from_us:
        return {}
    wanted = {
        "device": device,
        "keys": tuple(keys),
        "from_us": max(from_us, 0),
        "to_us": max(to_us, 0),
        "width_us": -(-(to_us - max(from_us, 0) + 1) // points),
    }
    source = _PLAIN
    rows = _buckets(client, agg, source, wanted)
    if agg in HARMED_BY_DUPLICATES and any(row[-1] for row in rows):
        source = _MERGED
        rows = _buckets(client, agg, source, wanted)
    special = sorted({row[0] for row in rows if row[4]}) if agg != "count" else []
    lasts = _lasts(client, agg, source, wanted | {"keys": tuple(special)}) if special else {}
    found: dict[str, list[tuple[int, Any]]] = defaultdict(list)
    for key, bucket, ts_us, number, _, _ in rows:
        value = lasts[key, bucket] if (key, bucket) in lasts else plain_number(number)
        found[key].append((ts_us, value))
    return dict(found)


def _buckets(
    client: Client, agg: str, source: str, wanted: dict[str, Any]
) -> list[tuple[str, int, int, float, int, int]]:
    is_double = _IS_DOUBLE if agg in HARMED_BY_DUPLICATES else ", 0"
    with raising_unavailable():
        rows: list[tuple[str, int, int, float, int, int]] = client.execute(
            _BUCKETS + AGGREGATES[agg] + _IS_SPECIAL + is_double + source, wanted
        )
        return rows


def _lasts(
    client: Client, agg: str, source: str, wanted: dict[str, Any]
) -> dict[tuple[str, int], Any]:
    """Return the value of each bucket of keys that hold more than plain numbers."""
    with raising_unavailable():
        rows = client.execute(_BUCKETS + AGGREGATES_OF_NUMBERS[agg] + _LAST + source, wanted)
    return {
        (key, bucket): value_of(kind, number, text)
        if kind != NUMBER or count == 1 or agg == "last"
        else plain_number(aggregate)
        for key, bucket, _, aggregate, kind, number, text, count in rows
    }
