"""Compare the points of two ClickHouse servers, and copy what one of them has to the other.

The same statement asks both, so equal points give equal sums, also of different versions of
ClickHouse as long as cityHash64 stays. Values are not compared: a point is its device, key and time
(clickhouse_schema/README.md), so a point that is copied twice is stored once. Every function raises
StoreUnavailableError when a server does not answer.
"""

from typing import Any, NamedTuple

from clickhouse_driver import Client

from qlines.clients.clickhouse import raising_unavailable

COLUMNS = "device, block, key, span, step, rest, kind, number, text"
LATEST_COLUMNS = "device, key, ts, kind, number, text"
HASH = "cityHash64(device, block, key, span, step, rest)"
LAST_SPAN = 2**11 - 1  # a block is 2**35 us, a span 2**24 (point_time.py)

PARTITIONS = (
    "SELECT partition, sum(bytes_on_disk) FROM system.parts"
    " WHERE database = currentDatabase() AND table = 'points' AND active GROUP BY partition"
)
MOVING = (
    "SELECT count() FROM system.tables WHERE database = currentDatabase() AND"
    " (name = 'points_by_month' OR name = 'points_by_week')"
)
# As stored: a point that was inserted twice counts twice until ClickHouse has merged it.
BLOCKS = (
    f"SELECT block, count(), sum({HASH}) FROM points"  # noqa: S608 - constants only
    " WHERE block BETWEEN %(first)s AND %(last)s GROUP BY block"
)
DEVICES = (
    f"SELECT device, count(), sum({HASH}) FROM points"  # noqa: S608 - constants only
    " WHERE block = %(block)s GROUP BY device"
)
# What the twin has and this server has not, exactly: the hashes of this server's points travel to
# the twin (GLOBAL), and only other points come back.
PORTION = (
    "block = %(block)s AND device IN %(devices)s AND span BETWEEN %(first_span)s AND %(last_span)s"
)
FROM_PEER = (
    f"FROM remote(%(address)s, %(database)s, 'points') WHERE {PORTION}"  # noqa: S608 - constants only
    f" AND {HASH} GLOBAL NOT IN (SELECT {HASH} FROM points WHERE {PORTION})"
)
MISSING = f"SELECT count() {FROM_PEER}"
COPY = f"INSERT INTO points ({COLUMNS}) SELECT {COLUMNS} {FROM_PEER}"
COPY_LATEST = (
    f"INSERT INTO latest ({LATEST_COLUMNS}) SELECT {LATEST_COLUMNS}"  # noqa: S608 - constants only
    " FROM remote(%(address)s, %(database)s, 'latest')"
)
# For the client that copies: what one insert holds at a time, and how long a link may take to
# answer a connection (ClickHouse's default for remote() is 50 ms).
COPY_SETTINGS = {
    "max_threads": 1,
    "max_block_size": 65_536,
    "min_insert_block_size_rows": 250_000,
    "min_insert_block_size_bytes": 32 * 1024**2,
    "connect_timeout_with_failover_ms": 5_000,
}


class Sum(NamedTuple):
    """How many points, and the sum of the hashes of their device, key and time."""

    points: int
    hashes: int


NONE = Sum(0, 0)


class Place(NamedTuple):
    """Where the own server finds the other one's tables."""

    address: str
    database: str = "default"


class Portion(NamedTuple):
    """What one statement compares or copies: devices in a block, from one span to another."""

    block: int
    devices: tuple[str, ...]
    first_span: int = 0
    last_span: int = LAST_SPAN

    def parameters(self, place: Place) -> dict[str, Any]:
        """Return what the statements name, for the other server at *place*."""
        return {
            **place._asdict(),
            "block": self.block,
            "devices": self.devices,
            "first_span": self.first_span,
            "last_span": self.last_span,
        }


def partitions(client: Client) -> dict[str, int]:
    """Return the bytes of each partition of `points`."""
    return {str(name): int(size) for name, size in _rows(client, PARTITIONS)}


def is_moving(client: Client) -> bool:
    """Return whether a migration moves the points at the moment (repartition.py)."""
    return bool(_rows(client, MOVING)[0][0])


def blocks(client: Client, first: int, last: int) -> dict[int, Sum]:
    """Return the sum of each block as it is stored, duplicates included."""
    return _sums(_rows(client, BLOCKS, {"first": first, "last": last}))


def devices(client: Client, block: int) -> dict[str, Sum]:
    """Return the sum of each device in a block as it is stored, duplicates included."""
    return _sums(_rows(client, DEVICES, {"block": block}))


def missing(client: Client, place: Place, portion: Portion) -> int:
    """Return how many points of the server at *place* this one does not have."""
    return int(_rows(client, MISSING, portion.parameters(place))[0][0])


def copy(client: Client, place: Place, portion: Portion) -> None:
    """Copy the points of the server at *place* that this one does not have; safe to repeat."""
    _rows(client, COPY, portion.parameters(place))


def copy_latest(client: Client, place: Place) -> None:
    """Copy the newest point of every device and key; the newer of two stays."""
    _rows(client, COPY_LATEST, place._asdict())


def _sums(rows: list[tuple[Any, ...]]) -> dict[Any, Sum]:
    return {key: Sum(int(points), int(hashes)) for key, points, hashes in rows}


@raising_unavailable()
def _rows(
    client: Client, query: str, parameters: dict[str, Any] | None = None
) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = client.execute(query, parameters)
    return rows
