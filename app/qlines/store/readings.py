"""Insert readings into ClickHouse and query them; all SQL is here and in series.py.

Every function takes a client of clients/clickhouse.py and raises StoreUnavailableError when
ClickHouse does not answer. Times are microseconds since 1970; ranges include both ends. The driver
binds the parameters. Each statement runs on ClickHouse 18.16 and on today's
(tests/integration/store).
"""

import base64
import binascii
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from clickhouse_driver import Client

from qlines.clients.clickhouse import raising_unavailable
from qlines.errors import FieldError
from qlines.store import partition
from qlines.store.point_time import BLOCK_IN_RANGE, BLOCK_US, TS
from qlines.store.points import Columns, Point, TimedValue, columns_of, value_of
from qlines.store.series import bands, series

__all__ = [
    "SEEN", "Columns", "Latest", "PointPage", "bands", "columns_of", "delete_points_before",
    "drop_partition", "insert", "insert_latest", "keys_of_device", "last_seen_of_devices",
    "latest_of_devices", "newest_us", "partitions_before", "raw", "series", "stream",
]  # fmt: skip

# A query with more ids would be longer than ClickHouse reads (256 KiB).
MAX_IDS_PER_QUERY = 2_000
STREAM_ROWS = 100_000  # about as many rows are in memory at a time
MAX_CURSOR_DIGITS = 18  # of its time; more would not fit an Int64

INSERT = "INSERT INTO incoming (device, key, time_us, kind_code, number, text) VALUES"
INSERT_LATEST = "INSERT INTO latest (device, key, ts, kind, number, text) VALUES"

PARTITIONS = (
    "SELECT DISTINCT partition FROM system.parts"
    " WHERE database = currentDatabase() AND table = 'points' AND active ORDER BY partition"
)
DROP = "ALTER TABLE points DROP PARTITION %(partition)s"
HAS_BLOCKS_BEFORE = "SELECT 1 FROM points WHERE block < %(block)s LIMIT 1"
DELETE_BLOCKS_BEFORE = "ALTER TABLE points DELETE WHERE block < %(block)s"

# ClickHouse merges the rows of `latest` some time after they were inserted, so each query takes
# the newest of a device's rows itself.
NEWEST = (
    "SELECT device, key, max(ts), argMax(toInt8(kind), ts), argMax(number, ts), argMax(text, ts)"
    " FROM latest WHERE device IN %(devices)s GROUP BY device, key"
)
# The key of the row of `latest` whose time is when something arrived from the device, by the clock
# of the server. No device has a key without a name. Readings of version 0.1 have no such row.
SEEN = ""
SEEN_US = "if(countIf(key = '') > 0, maxIf(ts, key = ''), max(ts))"
LAST_SEEN = f"SELECT device, {SEEN_US} FROM latest WHERE device IN %(devices)s GROUP BY device"  # noqa: S608 - constants only
LAST_SEEN_OF_ALL = f"SELECT device, {SEEN_US} FROM latest GROUP BY device"  # noqa: S608 - as above
NEWEST_OF_ALL = "SELECT max(ts) FROM latest WHERE key != ''"
KEYS = "SELECT DISTINCT key FROM latest WHERE device = %(device)s AND key != '' ORDER BY key"

RAW = (
    f"SELECT {TS} AS ts, key, toInt8(kind), number, text FROM points"  # noqa: S608 - constants only
    f" PREWHERE device = %(device)s AND key IN %(keys)s AND {BLOCK_IN_RANGE}"
    " WHERE ts BETWEEN %(from_us)s AND %(to_us)s"
    " AND (ts > %(after_us)s OR (ts = %(after_us)s AND key > %(after_key)s))"
    " ORDER BY ts, key"
)
PAGE = RAW + " LIMIT %(limit)s"
BLOCKS = (
    "SELECT block, count() FROM points"  # noqa: S608 - constants only
    f" WHERE device = %(device)s AND key IN %(keys)s AND {BLOCK_IN_RANGE}"
    " GROUP BY block ORDER BY block"
)


class Latest(NamedTuple):
    """The newest value of each key of a device, and when something arrived from it."""

    values: dict[str, TimedValue]
    seen_us: int


class PointPage(NamedTuple):
    """Points in the order of time and key; *next_cursor* is None on the last page."""

    points: list[Point]
    next_cursor: str | None


@raising_unavailable()
def insert(client: Client, columns: Columns) -> int:
    """Insert points and return how many; idempotent."""
    if columns.device:
        # The columns are those that INSERT names, and columns_of() made their types fit.
        client.execute(INSERT, list(columns), columnar=True, types_check=False)
    return len(columns.device)


@raising_unavailable()
def insert_latest(client: Client, columns: Columns) -> int:
    """Insert points into `latest` alone and return how many; each must be its key's newest.

    Those with the key SEEN say when something arrived from a device.

    The writer does so to show values before a batch is large enough for `points`: a part of
    `latest` is merged with a few thousand rows, a part of `points` with millions.
    """
    if columns.device:
        client.execute(INSERT_LATEST, list(columns), columnar=True, types_check=False)
    return len(columns.device)


def latest_of_devices(client: Client, ids: Sequence[str]) -> dict[str, Latest]:
    """Return what is newest of each device; one without readings is absent."""
    values: dict[str, dict[str, TimedValue]] = {}
    for start in range(0, len(ids), MAX_IDS_PER_QUERY):
        devices = tuple(ids[start : start + MAX_IDS_PER_QUERY])
        for device, key, ts_us, *value in _rows(client, NEWEST, {"devices": devices}):
            values.setdefault(device, {})[key] = TimedValue(ts_us, value_of(*value))
    return {device: _latest(found) for device, found in values.items()}


def _latest(values: dict[str, TimedValue]) -> Latest:
    seen = values.pop(SEEN, None)
    return Latest(values, seen.ts_us if seen else max(value.ts_us for value in values.values()))


def last_seen_of_devices(client: Client, ids: Sequence[str]) -> dict[str, int]:
    """Return when something arrived from each device; one without readings is absent."""
    if not ids:
        return {}
    if len(ids) > MAX_IDS_PER_QUERY:
        requested = frozenset(ids)
        rows = _rows(client, LAST_SEEN_OF_ALL, {})
        return {device: ts_us for device, ts_us in rows if device in requested}
    return dict(_rows(client, LAST_SEEN, {"devices": tuple(ids)}))


def keys_of_device(client: Client, device: str) -> list[str]:
    """Return every key that the device ever sent, sorted."""
    return [key for (key,) in _rows(client, KEYS, {"device": device})]


def raw(
    client: Client,
    device: str,
    keys: Sequence[str],
    from_us: int,
    to_us: int,
    limit: int,
    cursor: str | None = None,
) -> PointPage:
    """Return one page of up to *limit* points as they were sent.

    Raise FieldError when *cursor* is not one that an earlier page returned.
    """
    after_us, after_key = decode_cursor(cursor) if cursor else (-1, "")
    if not keys:
        return PointPage([], None)
    rows = _rows(
        client,
        PAGE,
        {
            "device": device,
            "keys": tuple(keys),
            "from_us": max(from_us, after_us, 0),
            "to_us": max(to_us, 0),
            "after_us": after_us,
            "after_key": after_key,
            "limit": limit,
        },
    )
    points = list(_deduplicated(rows))
    is_last = len(rows) < limit
    return PointPage(points, None if is_last else encode_cursor(points[-1].ts_us, points[-1].key))


def stream(
    client: Client, device: str, keys: Sequence[str], from_us: int, to_us: int
) -> Iterator[Point]:
    """Yield every point in the order of time and key, about STREAM_ROWS in memory at a time."""
    if not keys:
        return
    selected = {"device": device, "keys": tuple(keys), "after_us": -1, "after_key": ""}
    bounds = {"from_us": max(from_us, 0), "to_us": max(to_us, 0)}
    blocks = _rows(client, BLOCKS, selected | bounds)
    for first, last in stretches(blocks, STREAM_ROWS):
        stretch = {
            "from_us": max(bounds["from_us"], first * BLOCK_US),
            "to_us": min(bounds["to_us"], (last + 1) * BLOCK_US - 1),
        }
        yield from _deduplicated(_rows(client, RAW, selected | stretch))


def partitions_before(client: Client, ts_us: int) -> list[str]:
    """Return the names of the partitions whose points are all older than *ts_us*."""
    return partition.expired((name for (name,) in _rows(client, PARTITIONS, {})), ts_us)


def drop_partition(client: Client, name: str) -> None:
    """Drop a partition of `points`."""
    _rows(client, DROP, {"partition": int(name)})


def delete_points_before(client: Client, ts_us: int) -> bool:
    """Begin to delete the points of blocks that are over at *ts_us*; return whether there are any.

    ClickHouse rewrites, in the background, only partitions with such points: once the
    partitions_before() *ts_us* are dropped that is one week.
    """
    parameters = {"block": max(ts_us, 0) // BLOCK_US}
    if not _rows(client, HAS_BLOCKS_BEFORE, parameters):
        return False
    _rows(client, DELETE_BLOCKS_BEFORE, parameters)
    return True


def newest_us(client: Client) -> int:
    """Return the time of the newest point of any device, 0 without points."""
    return int(_rows(client, NEWEST_OF_ALL, {})[0][0])


def stretches(blocks: list[tuple[int, int]], max_rows: int) -> Iterator[tuple[int, int]]:
    """Yield (first block, last block) of stretches with up to *max_rows* rows.

    *blocks* are (block, row count) in order. A block with more rows is a stretch of its own.
    """
    held: list[int] = []
    rows = 0
    for block, count in blocks:
        if held and rows + count > max_rows:
            yield held[0], held[-1]
            held, rows = [], 0
        held.append(block)
        rows += count
    if held:
        yield held[0], held[-1]


def encode_cursor(ts_us: int, key: str) -> str:
    """Return the position after a point as an opaque, URL-safe text."""
    return base64.urlsafe_b64encode(f"{ts_us}:{key}".encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> tuple[int, str]:
    """Return time and key of the point before the cursor; raise FieldError for any other text."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        digits, key = base64.urlsafe_b64decode(padded.encode()).decode().split(":", 1)
        if len(digits) > MAX_CURSOR_DIGITS:
            raise ValueError(digits)
        return int(digits), key
    except (ValueError, binascii.Error):
        raise FieldError(
            "cursor",
            f"must come from the previous page, got {cursor[:100]!r}: leave it out to start over",
        ) from None


def _deduplicated(rows: Sequence[Sequence[Any]]) -> Iterator[Point]:
    """Yield the rows' points; of neighbours with the same time and key, the first.

    Such duplicates are there until ClickHouse merges them.
    """
    previous = None
    for ts_us, key, *value in rows:
        if (ts_us, key) != previous:
            previous = ts_us, key
            yield Point(ts_us, key, value_of(*value))


@raising_unavailable()
def _rows(client: Client, query: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = client.execute(query, parameters)
    return rows
