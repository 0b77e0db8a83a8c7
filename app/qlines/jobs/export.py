"""Make one CSV export: read the record, stream the readings, write the file, note the end."""

import logging
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from qlines import logs
from qlines.clients import clickhouse, mongodb
from qlines.clock import SystemClock
from qlines.errors import NotFoundError, QLinesError
from qlines.jobs import csv_text
from qlines.jobs.queue import RETRY_SECONDS
from qlines.retry import retry_for
from qlines.settings import Settings
from qlines.store import exports, readings

log = logging.getLogger(__name__)

MS_IN_US = 1000


def run(export_id: str) -> None:
    """Do the job: the entry point of the process that RQ forks for it. Safe to run twice."""
    settings = Settings.from_env(os.environ)
    logs.configure(settings.log_level)
    clock = SystemClock()
    db = mongodb.connect(settings.mongodb)

    def attempt() -> None:
        make(db, clickhouse.connect(settings.clickhouse), settings.data_dir / "exports", export_id)

    try:
        retry_for(attempt, max_seconds=RETRY_SECONDS, clock=clock)
    except NotFoundError:
        log.info("export %s was deleted before it was made", export_id)
    except (QLinesError, OSError) as error:
        log.warning("export %s failed: %s", export_id, error)
        reason = str(error)
        retry_for(
            lambda: exports.fail(db, export_id, reason), max_seconds=RETRY_SECONDS, clock=clock
        )


def make(db: Any, client: Any, folder: Path, export_id: str) -> None:
    """Write the export's file and note its state; raise NotFoundError when nobody wants it."""
    export = exports.find(db, export_id)
    exports.begin(db, export_id)
    device = str(export["device"])
    keys = export["keys"] or readings.keys_of_device(client, device)
    # The last millisecond counts as a whole.
    to_us = export["to"] * MS_IN_US + MS_IN_US - 1
    found = readings.stream(client, device, keys, export["from"] * MS_IN_US, to_us)
    file = folder / f"{export_id}.csv"
    count = write_file(file, found)
    exports.finish(db, export_id, file.name)
    log.info("export %s holds %s readings", export_id, count)


def write_file(file: Path, found: Iterable[tuple[int, str, Any]]) -> int:
    """Write the file so that nobody ever sees half of it; return how many readings it holds."""
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".unfinished")
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as text:
            count = csv_text.write(text, found)
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
    return count
