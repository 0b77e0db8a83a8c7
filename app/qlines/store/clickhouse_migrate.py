"""Migrate ClickHouse's tables to this program's version: numbered files, forward only."""

import logging
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from clickhouse_driver import Client

from qlines.errors import DataVersionError, StoreUnavailableError
from qlines.store import repartition

log = logging.getLogger(__name__)

Room = Callable[[], int]  # how many bytes of ClickHouse's disk may be used
# What a migration does to the rows after its statements; idempotent too.
MOVES: dict[int, Callable[[Client, Room | None], None]] = {5: repartition.by_week}
# They store what is inserted into `incoming`.
VIEWS = ("incoming_to_latest", "incoming_to_points")
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


def outstanding(client: Client) -> list[Migration]:
    """Return the migrations that these tables need; raise DataVersionError for newer tables."""
    ((exists,),) = client.execute("EXISTS TABLE schema_versions")
    applied = client.execute("SELECT number FROM schema_versions") if exists else []
    return pending(migrations(), {number for (number,) in applied})


def require_current(client: Client) -> None:
    """Raise StoreUnavailableError until the tables have this program's version, and every view.

    Without a view what is inserted into `incoming` goes nowhere, and no error says so.
    """
    if outstanding(client):
        raise StoreUnavailableError("init", LookupError("ClickHouse's tables are not migrated yet"))
    query = (
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND name IN %(names)s"
    )
    found = {name for (name,) in client.execute(query, {"names": VIEWS})}
    missing = sorted(set(VIEWS) - found)
    if missing:
        raise StoreUnavailableError("clickhouse", LookupError(f"no view {', '.join(missing)}"))


def migrate(client: Client, room_bytes: Room | None = None) -> list[str]:
    """Run the pending migrations and return their names; safe to repeat after a failed run.

    Raise BackPressureError while the disk has too little room; without *room_bytes* it is not
    known, because ClickHouse runs elsewhere.
    """
    client.execute(
        "CREATE TABLE IF NOT EXISTS schema_versions (number UInt32, name String)"
        " ENGINE = MergeTree ORDER BY number"
    )
    names = []
    for migration in outstanding(client):
        for statement in migration.statements:
            client.execute(statement)
        if migration.number in MOVES:
            MOVES[migration.number](client, room_bytes)
        client.execute(
            "INSERT INTO schema_versions (number, name) VALUES",
            [(migration.number, migration.name)],
        )
        log.info("migrated ClickHouse to version %s", migration.name)
        names.append(migration.name)
    return names
