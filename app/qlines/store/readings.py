"""Keep readings in ClickHouse and find them again; with series.py all the SQL there is.

Every function takes a client of clients/clickhouse.py and raises StoreUnavailableError when it
does not answer. Times are microseconds since 1970; ranges include both ends. Parameters are
bound by the driver. Each statement runs on ClickHouse 18.16 and on today's
(tests/integration/store).
"""

import base64
import binascii
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from clickhouse_driver import Client

from qlines.clients.clickhouse import raising_unavailable
from qlines.store.points import Columns, columns_of, value_of
from qlines.store.series import BLOCK_US, TS, series

__all__ = [
    "Columns", "columns_of", "drop_partitions_before", "insert", "insert_latest",
    "keys_of_device", "last_seen_of_devices", "latest_of_devices", "raw", "series", "stream",
]  # fmt: skip

Row = tuple[int, str, Any]  # time, key, value

# More ids than this make a query longer than ClickHouse reads (256 KiB); then all are asked for.
MAX_IDS_IN_QUERY = 2_000
STREAM_ROWS = 100_000  # about as many rows are in memory at a time

INSERT = "INSERT INTO incoming (device, key, time_us, kind_code, number, text) VALUES"
INSERT_LATEST = "INSERT INTO latest (device, key, ts, kind, number, text) VALUES"

# Partitions are dropped when their last block is past, which may begin in the month's last moment.
PARTITIONS = (
    "SELECT DISTINCT partition FROM system.parts"
    " WHERE database = currentDatabase() AND table = 'points' AND active ORDER BY partition"
)
DROP = "ALTER TABLE points DROP PARTITION %(partition)s"

# The rows of `latest` are merged some time after they were inserted, so each query takes the
# newest of a device's rows itself.
NEWEST = (
    "SELECT device, key, max(ts), argMax(toInt8(kind), ts), argMax(number, ts), argMax(text, ts)"
    " FROM latest WHERE device IN %(devices)s GROUP BY device, key"
)
LAST_SEEN = "SELECT device, max(ts) FROM latest WHERE device IN %(devices)s GROUP BY device"
LAST_SEEN_OF_ALL = "SELECT device, max(ts) FROM latest GROUP BY device"
KEYS = "SELECT DISTINCT key FROM latest WHERE device = %(device)s ORDER BY key"

RAW = (
    f"SELECT {TS} AS ts, key, toInt8(kind), number, text FROM points"  # noqa: S608 - constants only
    " PREWHERE device = %(device)s AND key IN %(keys)s"
    " AND block BETWEEN intDiv(%(from_us)s, 34359738368) AND intDiv(%(to_us)s, 34359738368)"
    " WHERE ts BETWEEN %(from_us)s AND %(to_us)s"
    " AND (ts > %(after_us)s OR (ts = %(after_us)s AND key > %(after_key)s))"
    " ORDER BY ts, key"
)
PAGE = RAW + " LIMIT %(limit)s"
BLOCKS = (
    "SELECT block, count() FROM points"
    " WHERE device = %(device)s AND key IN %(keys)s"
    " AND block BETWEEN intDiv(%(from_us)s, 34359738368) AND intDiv(%(to_us)s, 34359738368)"
    " GROUP BY block ORDER BY block"
)


def insert(client: Client, columns: Columns) -> int:
    """Insert points and return how many; doing it again changes nothing."""
    if not columns.device:
        return 0
    with raising_unavailable():
        # The six columns are what INSERT names; their types were made to fit by columns_of().
        client.execute(INSERT, list(columns), columnar=True, types_check=False)
    return len(columns.device)


def insert_latest(client: Client, columns: Columns) -> int:
    """Insert points, each the newest of its device and key, into the latest values alone.

    For a writer that wants to show them before it is worth while to store them: a part of
    `latest` is merged with a few thousand rows, a part of `points` with millions.
    """
    if columns.device:
        with raising_unavailable():
            client.execute(INSERT_LATEST, list(columns), columnar=True, types_check=False)
    return len(columns.device)


def latest_of_devices(client: Client, ids: Sequence[str]) -> dict[str, dict[str, tuple[int, Any]]]:
    """Return the newest time and value by device and key; a device without readings is absent."""
    found: dict[str, dict[str, tuple[int, Any]]] = {}
    for start in range(0, len(ids), MAX_IDS_IN_QUERY):
        devices = tuple(ids[start : start + MAX_IDS_IN_QUERY])
        for device, key, ts_us, *point in _rows(client, NEWEST, {"devices": devices}):
            found.setdefault(device, {})[key] = ts_us, value_of(*point)
    return found


def last_seen_of_devices(client: Client, ids: Sequence[str]) -> dict[str, int]:
    """Return the time of each device's newest reading; a device without one is absent."""
    if not ids:
        return {}
    if len(ids) > MAX_IDS_IN_QUERY:
        wanted = frozenset(ids)
        rows = _rows(client, LAST_SEEN_OF_ALL, {})
        return {device: ts_us for device, ts_us in rows if device in wanted}
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
) -> tuple[list[Row], str | None]:
    """Return up to *limit* readings in the order of time and key, and the next page's cursor.

    The cursor is None after the last page. Raises ValueError for one that was not given out.
    """
    after_us, after_key = decode_cursor(cursor) if cursor else (-1, "")
    if not keys:
        return [], None
    found = _rows(
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
    rows = list(_each_once(found))
    return rows, encode_cursor(*rows[-1][:2]) if len(found) == limit else None


def stream(
    client: Client, device: str, keys: Sequence[str], from_us: int, to_us: int
) -> Iterator[Row]:
    """Yield every reading in the order of time and key, however many: memory stays bounded."""
    if not keys:
        return
    wanted = {"device": device, "keys": tuple(keys), "after_us": -1, "after_key": ""}
    bounds = {"from_us": max(from_us, 0), "to_us": max(to_us, 0)}
    blocks = _rows(client, BLOCKS, wanted | bounds)
    for first, last in stretches(blocks, STREAM_ROWS):
        stretch = {
            "from_us": max(bounds["from_us"], first * BLOCK_US),
            "to_us": min(bounds["to_us"], (last + 1) * BLOCK_US - 1),
        }
        yield from _each_once(_rows(client, RAW, wanted | stretch))


def drop_partitions_before(client: Client, ts_us: int) -> list[str]:
    """Drop every month whose readings are all older than *ts_us*; return the dropped, as 202601."""
    months = [month for (month,) in _rows(client, PARTITIONS, {})]
    dropped = [month for month in months if end_of_month_us(month) + BLOCK_US <= ts_us]
    for month in dropped:
        _rows(client, DROP, {"partition": int(month)})
    return dropped


def end_of_month_us(month: str) -> int:
    """Return when the month, as 202601, is over."""
    year, number = int(month[:4]), int(month[4:])
    following = datetime(year + number // 12, number % 12 + 1, 1, tzinfo=UTC)
    return int(following.timestamp()) * 1_000_000


def stretches(blocks: list[tuple[int, int]], max_rows: int) -> Iterator[tuple[int, int]]:
    """Join neighbouring blocks, given with their row counts, until a stretch has *max_rows*."""
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
    """Return the place after a reading as an opaque text that an address may hold."""
    return base64.urlsafe_b64encode(f"{ts_us}:{key}".encode()).decode().rstrip("=")


def decode_cursor(cursor: str) -> tuple[int, str]:
    """Return time and key of the reading that the cursor comes after."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        ts_us, key = base64.urlsafe_b64decode(padded.encode()).decode().split(":", 1)
        if len(ts_us) > 18:
            raise ValueError(ts_us)
        return int(ts_us), key
    except (ValueError, binascii.Error):
        raise ValueError(
            f"cursor must be what the page before returned, got {cursor[:100]!r}: leave it out"
        ) from None


def _each_once(rows: Sequence[Sequence[Any]]) -> Iterator[Row]:
    """Yield time, key, value; of neighbours with the same time and key, which only wait to be
    merged by ClickHouse, the first.
    """  # fmt: skip
    before = None
    for ts_us, key, *point in rows:
        if (ts_us, key) != before:
            before = ts_us, key
            yield ts_us, key, value_of(*point)


def _rows(client: Client, query: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    with raising_unavailable():
        rows: list[tuple[Any, ...]] = client.execute(query, parameters)
        return rows
