"""What servers after 18.16 do better with the same tables, chosen by the server's version.

Columns, keys and partitions are the same everywhere, so nothing that reads or copies `points` asks
which variant it is. clickhouse_schema/README.md has the measurements.
"""

import logging
from collections.abc import Mapping

from clickhouse_driver import Client

log = logging.getLogger(__name__)


Codecs = Mapping[str, str]  # of the columns of `points`

AS_WRITTEN: Codecs = {}
COMPACT: Codecs = {
    "device": "ZSTD(3)",
    "block": "ZSTD(3)",
    "key": "ZSTD(3)",
    "span": "Delta(2), ZSTD(3)",
    "step": "Delta(1), ZSTD(3)",
    "rest": "ZSTD(3)",
    "kind": "ZSTD(3)",
    "number": "Delta(8), ZSTD(3)",
    "text": "ZSTD(3)",
}
# The oldest version that this was tried on; what came between it and 18.16 keeps the tables as
# they are written.
COMPACT_SINCE = (25, 8)

CODECS_NOW = (
    "SELECT name, compression_codec FROM system.columns"
    " WHERE database = currentDatabase() AND table = 'points'"
)


def codecs_for(version: tuple[int, int]) -> Codecs:
    """Return the codecs for a server of this version, such as (25, 8)."""
    return COMPACT if version >= COMPACT_SINCE else AS_WRITTEN


def alteration(codecs: Codecs, codecs_now: Codecs) -> str | None:
    """Return the statement that gives columns of `points` their codecs; None if all have one.

    *codecs_now* are those of the table, by column. A column that has one keeps it: its operator may
    have chosen it.
    """
    missing = [
        f"MODIFY COLUMN {column} CODEC({codec})"
        for column, codec in codecs.items()
        if codecs_now.get(column) == ""
    ]
    return f"ALTER TABLE points {', '.join(missing)}" if missing else None


def apply(client: Client, version: tuple[int, int]) -> None:
    """Give `points` the codecs for its server; safe to repeat, also after the server's upgrade.

    It takes milliseconds: parts that exist stay as they are until ClickHouse merges them. A
    replicated table passes the change on to its replicas itself.
    """
    codecs = codecs_for(version)
    if not codecs:  # 18.16 has no such column in system.columns
        return
    if statement := alteration(codecs, dict(client.execute(CODECS_NOW))):
        client.execute(statement)
        log.info("new readings are compressed by the codecs for ClickHouse %d.%d", *version)
