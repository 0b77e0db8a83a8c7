"""Move the points of a table with other partitions into one with a partition per week.

The tables are exchanged first, so that from then on the writer inserts into weeks; charts show the
moved part of the history until all is moved. A kill at any time loses nothing: a partition is
dropped only after all its rows were copied, and a row that is copied twice is one row once merged,
like any duplicate. Nor does a power cut, where ClickHouse runs on this machine: the copies are
synced before, which ClickHouse 18.16 does not do itself.
"""

import logging
import os
from collections.abc import Callable

from clickhouse_driver import Client

from qlines.errors import BackPressureError
from qlines.store.partition import DAY_US, blocks_of, blocks_of_day
from qlines.store.point_time import BLOCK_US

log = logging.getLogger(__name__)

TABLES = "SELECT name FROM system.tables WHERE database = currentDatabase()"
PARTITIONS = (
    "SELECT partition, sum(bytes_on_disk) FROM system.parts"
    " WHERE database = currentDatabase() AND table = 'points_by_month' AND active"
    " GROUP BY partition ORDER BY partition DESC"
)
DAYS = (
    f"SELECT DISTINCT intDiv(block * {BLOCK_US}, {DAY_US}) AS day FROM points_by_month"  # noqa: S608 - constants only
    " WHERE block BETWEEN %(first)s AND %(last)s ORDER BY day"
)
COLUMNS = "device, block, key, span, step, rest, kind, number, text"
COPY = (
    f"INSERT INTO points ({COLUMNS}) SELECT {COLUMNS} FROM points_by_month"  # noqa: S608 - constants only
    " WHERE block BETWEEN %(first)s AND %(last)s"
)
DROP = "ALTER TABLE points_by_month DROP PARTITION %(partition)s"


def by_week(client: Client, room_bytes: Callable[[], int] | None = None) -> None:
    """Exchange `points` for `points_by_week`, and move all rows; safe to repeat at any point.

    It needs as much free space as the largest partition takes. *room_bytes* measures it; without
    it ClickHouse runs elsewhere. Raise BackPressureError while there is less.
    """
    _exchange(client)
    for name, size in client.execute(PARTITIONS):
        if room_bytes:
            _check_room(name, int(size), room_bytes())
        _move(client, name)
    os.sync()
    client.execute("DROP TABLE points_by_month")


def _exchange(client: Client) -> None:
    """Give `points` the partitions of `points_by_week`; a kill may come between the two renames."""
    tables = {name for (name,) in client.execute(TABLES)}
    if "points_by_month" not in tables:
        client.execute("RENAME TABLE points TO points_by_month, points_by_week TO points")
    elif "points" not in tables:
        client.execute("RENAME TABLE points_by_week TO points")
    else:  # an earlier run has exchanged them, and this one has created an empty table
        client.execute("DROP TABLE points_by_week")


def _check_room(name: str, size: int, room: int) -> None:
    if size > room:
        raise BackPressureError(
            "disk",
            f"moving the readings of {name} into partitions by week takes {size >> 20} MB of the"
            f" disk, {max(room, 0) >> 20} MB are free for it: add space",
        )


def _move(client: Client, name: str) -> None:
    """Copy a partition day by day, which bounds what one insert holds, and drop it."""
    first, last = blocks_of(name)
    for (day,) in client.execute(DAYS, {"first": first, "last": last}):
        first_of_day, last_of_day = blocks_of_day(day)
        client.execute(COPY, {"first": first_of_day, "last": last_of_day})
    os.sync()
    client.execute(DROP, {"partition": int(name)})
    log.info("moved the readings of %s into partitions by week", name)
