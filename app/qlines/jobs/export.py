"""Write one CSV export: read its record, stream the readings to a file, record the result."""

import logging
import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from clickhouse_driver import Client

from appliance.shared import twin
from qlines import logs
from qlines.clients import clickhouse, mongodb
from qlines.clients.mongodb import Documents
from qlines.clock import SystemClock
from qlines.errors import NotFoundError, QLinesError, StoreUnavailableError
from qlines.jobs.export_files import write_file
from qlines.jobs.export_progress import noting_progress
from qlines.jobs.export_room import while_there_is_room
from qlines.jobs.queue import RETRY_SECONDS
from qlines.retry import retry_for
from qlines.settings import Settings
from qlines.spool.quota import disk_space
from qlines.store import export_store, exports, readings

log = logging.getLogger(__name__)

US_PER_MS = 1000


def run(export_id: str) -> None:
    """Write the export: the entry point of the process that RQ forks. Idempotent."""
    settings = Settings.from_env(os.environ)
    logs.configure(settings.log_level)
    clock = SystemClock()
    db = mongodb.connect(settings.mongodb)
    pairing = twin.read(settings.data_dir)
    side = pairing.side if pairing else None

    def attempt() -> None:
        client, folder = clickhouse.connect(settings.clickhouse), settings.data_dir / "exports"
        write_export(
            db, client, folder, export_id, settings.disk_guard_percent, side,
            is_shared=bool(settings.node),
        )  # fmt: skip

    try:
        retry_for(attempt, max_seconds=RETRY_SECONDS, clock=clock)
    except NotFoundError:
        log.info("export %s was deleted before it was written", export_id)
    except (QLinesError, OSError) as error:
        log.warning("export %s failed: %s", export_id, error)
        reason = str(error)
        retry_for(
            lambda: exports.fail(db, export_id, reason), max_seconds=RETRY_SECONDS, clock=clock
        )


def write_export(
    db: Documents,
    client: Client,
    folder: Path,
    export_id: str,
    guard_percent: int,
    side: str | None = None,
    *,
    is_shared: bool = False,
) -> None:
    """Write the file of the export and set its state to ``done``, on this *side* of a pairing.

    One that *is_shared* by several nodes goes into MongoDB and leaves the folder.
    Raise NotFoundError when the export was deleted, StoreUnavailableError when MongoDB or
    ClickHouse does not answer, NoRoomError when the disk is too full, and OSError when the file
    cannot be written.
    """
    export = exports.find(db, export_id)
    exports.begin(db, export_id)
    device = str(export["device"])
    keys = export["keys"] or readings.keys_of_device(client, device)
    # The whole of the last millisecond is included.
    to_us = export["to"] * US_PER_MS + US_PER_MS - 1
    rows = readings.stream(client, device, keys, export["from"] * US_PER_MS, to_us)
    rows = noting_progress(
        rows, export["from"] * US_PER_MS, to_us, _noting(db, export_id), SystemClock()
    )
    file = folder / f"{export_id}.csv"
    count = write_file(
        file, while_there_is_room(rows, guard_percent, lambda: disk_space(folder.parent))
    )
    if is_shared:
        export_store.keep(db, export_id, file)
        file.unlink()
    exports.finish(db, export_id, file.name, side, in_database=is_shared)
    log.info("export %s was written: %s readings", export_id, count)


def _noting(db: Documents, export_id: str) -> Callable[[int], None]:
    def note(percent: int) -> None:
        # MongoDB may be away for a moment, and that must not start the export again.
        with suppress(StoreUnavailableError):
            exports.note_progress(db, export_id, percent)

    return note
