"""ClickHouse: its parts as hard links, and the statements that create its tables and views.

    data/<table>/<part>/…   what FREEZE linked: parts never change, so their files keep their times
    schema/<name>.sql       the statement that creates a table or a view

The counts of a dump are those of the parts in it, which each part has in its `count.txt`. Those of
a restore are counted by reading every column, so that a part with corrupt content is noticed.
"""

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from clickhouse_driver import Client
from clickhouse_driver.errors import ServerException

from backup.counts import Counts
from backup.errors import BackupError
from backup.sources.clickhouse_device import restore_device
from backup.sources.clickhouse_parts import Rows, counts_of, held_rows, in_order
from qlines.clients import clickhouse
from qlines.settings import Settings
from qlines.store.clickhouse_parts import CORRUPTION_CODES

__all__ = ["dump", "restore", "restore_device"]

FROZEN = "qlines_backup"  # the folder in ClickHouse's `shadow` that is ours
DATA, SCHEMA = "data", "schema"
ANSWER_SECONDS = 600

TABLES = "SELECT name, engine, create_table_query FROM system.tables WHERE database = 'default'"
NOT_BY_NAME = (
    "ClickHouse's database `default` is of the engine Atomic, whose tables are in folders without"
    " their names: back it up with ClickHouse's own statement BACKUP"
)
MUST_BE_EMPTY = "the ClickHouse to restore to must be empty"


def dump(settings: Settings, folder: Path) -> Counts:
    """Link every part into *folder*, and save how the tables are created; nothing waits.

    Raise BackupError when the server refuses, or has no table with our versions.
    """
    frozen = settings.data_dir / "clickhouse" / "shadow" / FROZEN
    _remove(frozen)  # what a dump that was killed left
    try:
        with _client(settings) as client:
            _freeze(client, folder / SCHEMA)
        if (frozen / "store").exists():
            raise BackupError(NOT_BY_NAME)
        parts = frozen / "data" / "default"
        parts.mkdir(parents=True, exist_ok=True)
        # One rename: the links stay the same files, with their times.
        parts.rename(folder / DATA)
    finally:
        _remove(frozen)
    return counts_of(held_rows(folder / DATA))


def restore(settings: Settings, folder: Path) -> Counts:
    """Create the tables in an empty server of this container, attach the parts, and count.

    The server merges nothing until it is started again, so that duplicates are counted as they were
    dumped. Raise BackupError with the name of what cannot be read or is not empty.
    """
    statements = _statements(folder / SCHEMA)
    of_tables = [name for name, text in statements.items() if text.startswith("CREATE TABLE")]
    of_views = [name for name in statements if name not in of_tables]
    dumped = sorted(os.listdir(folder / DATA))
    with _client(settings) as client:
        _execute(client, "ClickHouse merges", "SYSTEM STOP MERGES")
        for name in of_tables:
            _execute(client, f"{name} cannot be created, {MUST_BE_EMPTY}", statements[name])
        for table in dumped:
            detached = settings.data_dir / "clickhouse" / "data" / "default" / table / "detached"
            _attach(client, table, folder / DATA / table, detached)
        for name in of_views:  # a view needs its tables
            _execute(client, f"{name} cannot be created, {MUST_BE_EMPTY}", statements[name])
        return counts_of(rows for table in dumped for rows in _read(client, table))


def _freeze(client: Client, schema: Path) -> None:
    """Link the parts of all tables, one right after the other, and save the statements."""
    tables = _execute(client, "ClickHouse does not list its tables", TABLES)
    for name, engine, _ in tables:
        if engine.endswith("MergeTree"):
            freeze = f"ALTER TABLE {name} FREEZE WITH NAME '{FROZEN}'"
            _execute(client, f"{name} cannot be dumped", freeze)
    schema.mkdir()
    for name, _, statement in tables:
        (schema / f"{name}.sql").write_text(f"{statement}\n")


def _statements(schema: Path) -> dict[str, str]:
    statements = {file.stem: file.read_text() for file in sorted(schema.glob("*.sql"))}
    if not statements:
        raise BackupError(f"{schema} has no definitions of tables: this backup is not complete")
    return statements


def _attach(client: Client, table: str, source: Path, detached: Path) -> None:
    """Link the parts to where the server looks for them, and attach them, oldest first.

    Of two rows with the same key the later one counts, so the order matters.
    """
    detached.mkdir(parents=True, exist_ok=True)
    for part in in_order(os.listdir(source)):
        shutil.copytree(source / part, detached / part, copy_function=os.link)
        refused = f"the part {part} of {table} is corrupt, restore an older backup"
        _execute(client, refused, f"ALTER TABLE {table} ATTACH PART %(part)s", {"part": part})


def _read(client: Client, table: str) -> list[Rows]:
    """Return the rows by partition; reading all columns takes 0.4 s for 10 million points."""
    query = (
        f"SELECT _partition_id, count() FROM {table}"  # noqa: S608 - a name from the dump
        " WHERE NOT ignore(*) GROUP BY _partition_id"
    )
    refused = f"a part of {table} cannot be read, restore an older backup"
    return [Rows(table, *found) for found in _execute(client, refused, query)]


def _execute(
    client: Client, refused: str, statement: str, parameters: Mapping[str, str] | None = None
) -> list[tuple[Any, ...]]:
    """Run a statement; raise BackupError, with *refused* and the server's reason, if it fails.

    Raise StoreUnavailableError when the server does not answer.
    """
    with clickhouse.raising_unavailable():
        try:
            rows: list[tuple[Any, ...]] = client.execute(statement, parameters)
        except ServerException as error:
            # Some codes are those of a broken connection, and of a part that ends too early.
            if error.code in clickhouse.OUTAGE_CODES.difference(CORRUPTION_CODES):
                raise
            reason = str(error.message).partition(" Stack trace:")[0].strip()
            raise BackupError(f"{refused}: {reason}") from error
    return rows


@contextmanager
def _client(settings: Settings) -> Iterator[Client]:
    client = clickhouse.connect(settings.clickhouse, answer_seconds=ANSWER_SECONDS)
    try:
        yield client
    finally:
        client.disconnect()


def _remove(frozen: Path) -> None:
    if frozen.exists():
        shutil.rmtree(frozen)
