"""Delete readings older than QLINES_RETENTION_DAYS: whole partitions, and then days of one."""

import logging
import os
from pathlib import Path

from clickhouse_driver import Client

from qlines import logs
from qlines.clients import clickhouse
from qlines.clock import SystemClock, utc_datetime
from qlines.jobs.queue import RETRY_SECONDS
from qlines.retry import retry_for
from qlines.settings import Settings
from qlines.store import part_list, readings, trusted_line
from qlines.store.retention_cutoff import cutoff_us

log = logging.getLogger(__name__)


def run() -> None:
    """Apply the retention: the entry point of the process that RQ forks."""
    settings = Settings.from_env(os.environ)
    logs.configure(settings.log_level)
    clock = SystemClock()
    retry_for(
        lambda: apply_retention(
            clickhouse.connect(settings.clickhouse),
            now_us=clock.now_us(),
            trusted_us=trusted_line.read_us(settings.data_dir),
            retention_days=settings.retention_days,
            run_dir=settings.run_dir,
        ),
        max_seconds=RETRY_SECONDS,
        clock=clock,
    )


def apply_retention(
    client: Client, *, now_us: int, trusted_us: int | None, retention_days: int, run_dir: Path
) -> None:
    """Drop what is older than the retention.

    Raise StoreUnavailableError when ClickHouse does not answer.
    """
    newest_us = readings.newest_us(client)
    drop_before(client, cutoff_us(now_us, newest_us, trusted_us, retention_days), run_dir)


def drop_before(client: Client, before_us: int, run_dir: Path) -> list[str]:
    """Drop the weeks that are entirely before *before_us*, and delete the days of the next one.

    Return the names of the dropped partitions. Raise StoreUnavailableError when ClickHouse does
    not answer.
    """
    dropped = readings.partitions_before(client, before_us)
    part_list.forget_partitions(run_dir, "points", dropped)
    for name in dropped:
        readings.drop_partition(client, name)
    before = utc_datetime(before_us).strftime("%Y-%m-%d")
    if dropped:
        log.info("dropped the partitions %s: all before %s", ", ".join(dropped), before)
    else:
        log.info("dropped no partition: none is entirely before %s", before)
    if readings.delete_points_before(client, before_us):
        log.info("deleting the readings before %s of the week that follows", before)
    return dropped
