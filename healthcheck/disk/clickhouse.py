"""Ask ClickHouse for its partitions and drop some, over its HTTP interface, without a driver."""

import http.client

from healthcheck.disk.guard import Partition
from healthcheck.probes.connection import HOST
from qlines.store import partition_sql

TIMEOUT_SECONDS = 20.0


class QueryError(Exception):
    """ClickHouse did not answer the query, or with an error."""


def partitions(port: int) -> list[Partition]:
    """Return the partitions of `points`."""
    rows = _query(port, partition_sql.PARTITIONS)
    return [Partition(name, int(size), int(rows)) for name, size, rows in rows]


def inactive_bytes(port: int) -> int:
    """Return the size of parts that are about to be deleted."""
    return int(_query(port, partition_sql.INACTIVE_BYTES)[0][0])


def newest_us(port: int) -> int:
    """Return the time of the newest point."""
    return int(_query(port, partition_sql.NEWEST_US)[0][0])


def drop(port: int, name: str) -> None:
    """Drop a partition of `points`."""
    _query(port, partition_sql.drop(name))


def _query(port: int, statement: str) -> list[list[str]]:
    """Return the rows; raise QueryError when there is no good answer."""
    connection = http.client.HTTPConnection(HOST, port, timeout=TIMEOUT_SECONDS)
    try:
        # By POST: ClickHouse takes a GET for a query that may only read.
        connection.request("POST", "/", body=statement.encode())
        response = connection.getresponse()
        text = response.read().decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        raise QueryError(f"ClickHouse does not answer: {error!r}") from error
    finally:
        connection.close()
    if response.status != http.client.OK:
        raise QueryError(f"ClickHouse answers: {text.strip()[:300]}")
    return [line.split("\t") for line in text.splitlines()]
