"""Delete readings older than QLINES_RETENTION_DAYS, whole partitions at a time."""

import logging
import os

from clickhouse_driver import Client

from qlines import logs
from qlines.clients import clickhouse
from qlines.clock import SystemClock, utc_datetime
from qlines.jobs.queue import RETRY_SECONDS
from qlines.retry import retry_for
from qlines.settings import Settings
from qlines.store import readings

log = logging.getLogger(__name__)

US_PER_DAY = 86_400_000_000


def cutoff_us(now_us: int, retention_days: int) -> int:
    """Return the moment before which readings are deleted, 1970 at the earliest."""
    return max(0, now_us - retention_days * US_PER_DAY)


def run() -> None:
    """Apply the retention: the entry point of the process that RQ forks."""
    settings = Settings.from_env(os.environ)
    logs.configure(settings.log_level)
    clock = SystemClock()
    before_us = cutoff_us(clock.now_us(), settings.retention_days)
    retry_for(
        lambda: drop_before(clickhouse.connect(settings.clickhouse), before_us),
        max_seconds=RETRY_SECONDS,
        clock=clock,
    )


def drop_before(client: Client, before_us: int) -> list[str]:
    """Drop every partition whose readings are all older than *before_us*; return their names.

    Raise StoreUnavailableError when ClickHouse does not answer.
    """
    dropped = readings.drop_partitions_before(client, before_us)
    before = utc_datetime(before_us).strftime("%Y-%m-%d")
    if dropped:
        log.info("dropped the partitions %s: all before %s", ", ".join(dropped), before)
    else:
        log.info("dropped no partition: none is entirely before %s", before)
    return dropped
