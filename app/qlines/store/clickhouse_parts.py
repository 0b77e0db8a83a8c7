"""Which of ClickHouse's parts are in use, which cannot be read, and how to set one aside.

ClickHouse 18.16 does not look into a part's files at its start: one with zeros in it is loaded, and
every query that reads it fails.
"""

import logging
from pathlib import Path

from clickhouse_driver import Client
from clickhouse_driver.errors import ServerException

from qlines.clients.clickhouse import OUTAGE_CODES
from qlines.store.part_list import Part

log = logging.getLogger(__name__)

# What a power cut can corrupt was written within half a minute before it; a merge may take longer.
RECENT_SECONDS = 300
# 33 CANNOT_READ_ALL_DATA is also what a connection that broke reports.
CORRUPTION_CODES = frozenset({32, 33})


def active(client: Client) -> list[Part]:
    """Return every part that is in use."""
    query = (
        "SELECT table, name, toUInt32(modification_time) FROM system.parts"
        " WHERE database = 'default' AND active"
    )
    return [Part(table, name, float(modified)) for table, name, modified in client.execute(query)]


def unreadable(client: Client) -> list[Part]:
    """Return the recent parts that cannot be read, found by reading all of their columns."""
    parts = active(client)
    newest = max((part.modified for part in parts), default=0.0)
    recent = [part for part in parts if newest - part.modified < RECENT_SECONDS]
    return [part for part in recent if not _is_readable(client, part.table, part.name)]


def _is_readable(client: Client, table: str, part: str) -> bool:
    try:
        client.execute(
            f"SELECT count() FROM {table}"  # noqa: S608 - a name from system.parts
            " WHERE _part = %(part)s AND NOT ignore(*)",
            {"part": part},
        )
    except ServerException as error:
        if error.code in OUTAGE_CODES - CORRUPTION_CODES:
            raise
        log.warning("cannot read the part %s of the table %s: %s", part, table, error.message)
        return False
    return True


def set_aside(client: Client, data_dir: Path, part: Part) -> None:
    """Move a part to the folder `detached` of its table; the table is away for a moment.

    This version of ClickHouse detaches whole partitions only.
    """
    folder = data_dir / "clickhouse" / "data" / "default" / part.table
    client.execute(f"DETACH TABLE IF EXISTS {part.table}")
    try:
        (folder / "detached").mkdir(exist_ok=True)
        (folder / part.name).replace(folder / "detached" / f"unreadable_{part.name}")
    finally:
        client.execute(f"ATTACH TABLE IF NOT EXISTS {part.table}")
