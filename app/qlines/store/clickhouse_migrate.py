"""Migrate ClickHouse's tables to this program's version: numbered files, forward only."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from clickhouse_driver import Client

from qlines.errors import DataVersionError
from qlines.store import repartition

log = logging.getLogger(__name__)

# What a migration does to the rows after its statements; idempotent too.
MOVES: dict[int, Callable[[Client], None]] = {5: repartition.by_week}
FOLDER = Path(__file__).with_name("clickhouse_schema")


class Migration(NamedTuple):
    """One numbered file; its statements are idempotent."""

    number: int
    name: str
    statements: list[str]


def migrations(folder: Path = FOLDER) -> list[Migration]:
    """Return the migrations in order; a semicolon at a line's end ends a statement."""
    return [
        Migration(
            int(file.stem.split("_")[0]),
            file.stem,
            [part.strip() for part in file.read_text().split(";\n") if part.strip()],
        )
        for file in sorted(folder.glob("[0-9][0-9][0-9][0-9]_*.sql"))
    ]


def pending(known: list[Migration], applied: set[int]) -> list[Migration]:
    """Return the migrations not applied yet; raise DataVersionError for newer tables."""
    newest = max((migration.number for migration in known), default=0)
    if applied and max(applied) > newest:
        raise DataVersionError(
            f"ClickHouse's tables have version {max(applied)}, this program knows {newest}: "
            "run the newer image, or restore a backup made by this one"
        )
    return [migration for migration in known if migration.number not in applied]


def migrate(client: Client) -> list[str]:
    """Run the pending migrations and return their names; safe to repeat after a failed run."""
    client.execute(
        "CREATE TABLE IF NOT EXISTS schema_versions (number UInt32, name String)"
        " ENGINE = MergeTree ORDER BY number"
    )
    applied = {number for (number,) in client.execute("SELECT number FROM schema_versions")}
    names = []
    for migration in pending(migrations(), applied):
        for statement in migration.statements:
            client.execute(statement)
        if migration.number in MOVES:
            MOVES[migration.number](client)
        client.execute(
            "INSERT INTO schema_versions (number, name) VALUES",
            [(migration.number, migration.name)],
        )
        log.info("migrated ClickHouse to version %s", migration.name)
        names.append(migration.name)
    return names
