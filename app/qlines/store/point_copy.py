"""Copy points from one ClickHouse to another through this program, and prove that all are there.

peer_points lets one server read the other one's tables. Here neither needs to reach the other, nor
speak its dialect: the servers may differ in version, TLS and users, and what is inserted goes the
way that the writer's points go, through `incoming`, which fills `points` and `latest` of whatever
layout they have there. Every function raises StoreUnavailableError when a server does not answer.
"""

from collections.abc import Iterator

from clickhouse_driver import Client

from qlines.clients.clickhouse import raising_unavailable
from qlines.store import readings
from qlines.store.peer_points import HASH, PORTION, Place, Portion, Sum
from qlines.store.point_time import TS
from qlines.store.points import Columns

ROWS = 65_536  # in memory at a time: 30 MB, and one part in the target
HERE = Place("")  # the statements ask the server itself

STORED_ONCE = (
    f"SELECT count(), sum(hash) FROM (SELECT DISTINCT {HASH} AS hash"  # noqa: S608 - constants only
    f" FROM points WHERE {PORTION})"
)
HASHES = f"SELECT DISTINCT {HASH} FROM points WHERE {PORTION}"  # noqa: S608 - constants only
POINTS = (
    f"SELECT device, key, {TS}, toInt8(kind), number, text"  # noqa: S608 - constants only
    f" FROM points WHERE {PORTION}"
)
LATEST = "SELECT device, key, ts, toInt8(kind), number, text FROM latest"
# `latest` has a key twice until ClickHouse has merged it.
NEWEST = (
    "SELECT count(), sum(cityHash64(device, key, newest)) FROM"
    " (SELECT device, key, max(ts) AS newest FROM latest GROUP BY device, key)"
)
HAS_DISKS = "SELECT count() FROM system.tables WHERE database = 'system' AND name = 'disks'"
FREE_BYTES = "SELECT max(free_space) FROM system.disks"
SYNC = "SYSTEM SYNC REPLICA {table}"


def stored_once(client: Client, portion: Portion) -> Sum:
    """Return the sum of a portion without the duplicates that are not merged yet."""
    with raising_unavailable():
        ((points, hashes),) = client.execute(STORED_ONCE, portion.parameters(HERE))
    return Sum(int(points), int(hashes))


def hashes(client: Client, portion: Portion) -> frozenset[int]:
    """Return a hash of the device, key and time of each point of a portion."""
    with raising_unavailable():
        return frozenset(one for (one,) in client.execute(HASHES, portion.parameters(HERE)))


def copy(source: Client, target: Client, portion: Portion) -> int:
    """Copy a portion, ROWS at a time; return how many rows. Safe to repeat."""
    rows = 0
    for columns in _columns(source, POINTS, portion):
        rows += readings.insert(target, columns)
    return rows


def copy_latest(source: Client, target: Client) -> None:
    """Copy the newest point of every device and key; the newer of two stays."""
    for columns in _columns(source, LATEST, None):
        readings.insert_latest(target, columns)


def newest(client: Client) -> Sum:
    """Return how many keys of devices there are, and the sum over the time of each newest point."""
    with raising_unavailable():
        ((keys, total),) = client.execute(NEWEST)
    return Sum(int(keys), int(total))


def free_bytes(client: Client) -> int | None:
    """Return the free space of the largest disk there; None when that server does not tell."""
    with raising_unavailable():
        if not client.execute(HAS_DISKS)[0][0]:
            return None
        return int(client.execute(FREE_BYTES)[0][0])


def wait_for_replicas(client: Client) -> None:
    """Return when this replica has what the others had when it was asked."""
    with raising_unavailable():
        for table in ("points", "latest"):
            client.execute(SYNC.format(table=table))


def _columns(client: Client, query: str, portion: Portion | None) -> Iterator[Columns]:
    parameters = portion.parameters(HERE) if portion else None
    with raising_unavailable():
        for rows in client.execute_iter(query, parameters, chunk_size=ROWS):
            if rows:
                yield Columns(*map(list, zip(*rows, strict=True)))
