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
# Errors of ClickHouse 18.16 that the content of a part's files causes, by their names in its
# ErrorCodes.cpp. Blank, random and changed bytes in each file of a part gave 40, 87 and 89; the
# others say the same of other content. Any other has another cause: 173 and 241 are too little
# memory.
CORRUPTION_CODES = {
    32: "ATTEMPT_TO_READ_AFTER_EOF",
    33: "CANNOT_READ_ALL_DATA",
    40: "CHECKSUM_DOESNT_MATCH",
    69: "ARGUMENT_OUT_OF_BOUND",
    87: "CANNOT_SEEK_THROUGH_FILE",
    89: "UNKNOWN_COMPRESSION_METHOD",
    107: "FILE_DOESNT_EXIST",
    117: "INCORRECT_DATA",
    128: "TOO_LARGE_ARRAY_SIZE",
    131: "TOO_LARGE_STRING_SIZE",
    226: "NO_FILE_IN_DATA_PART",
    228: "BAD_SIZE_OF_FILE_IN_DATA_PART",
    246: "CORRUPTED_DATA",
    271: "CANNOT_DECOMPRESS",
}
READS = 2  # a part is unreadable when each of them fails


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
    """Read a part; one that fails for another reason than its content is left where it is."""
    for _ in range(READS):
        try:
            client.execute(
                f"SELECT count() FROM {table}"  # noqa: S608 - a name from system.parts
                " WHERE _part = %(part)s AND NOT ignore(*)",
                {"part": part},
            )
        except ServerException as error:
            log.warning("cannot read the part %s of the table %s: %s", part, table, error.message)
            if error.code not in CORRUPTION_CODES:
                if error.code in OUTAGE_CODES:
                    raise
                return True
        else:
            return True
    return False


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
        client.execute(f"ATTACH TABLE {part.table}")


def attach_detached_tables(client: Client, data_dir: Path) -> None:
    """Attach each table that set_aside() left detached: a kill may come in the middle of it.

    Only those that are away: ClickHouse 18.16 reads the definition, which replaces the words
    IF NOT EXISTS of the statement, and then complains about a table that exists.
    """
    folder = data_dir / "clickhouse" / "metadata" / "default"
    query = "SELECT name FROM system.tables WHERE database = 'default'"
    attached = {name for (name,) in client.execute(query)}
    for name in sorted({file.stem for file in folder.glob("*.sql")} - attached):
        client.execute(f"ATTACH TABLE {name}")
