"""Delete readings that are older than QLINES_RETENTION_DAYS, whole partitions at a time."""

import logging
import os
from typing import Any

from qlines import logs
from qlines.clients import clickhouse
from qlines.clock import SystemClock, utc_datetime
from qlines.jobs.queue import RETRY_SECONDS
from qlines.retry import retry_for
from qlines.settings import Settings
from qlines.store import readings

log = logging.getLogger(__name__)

DAY_US = 86_400_000_000


def cutoff_us(now_us: int, retention_days: int) -> int:
    """Return the moment before which readings are old, never before 1970."""
    return max(0, now_us - retention_days * DAY_US)


def run() -> None:
    """Do the job: the entry point of the process that RQ forks for it."""
    settings = Settings.from_env(os.environ)
    logs.configure(settings.log_level)
    clock = SystemClock()
    before_us = cutoff_us(clock.now_us(), settings.retention_days)
    retry_for(
        lambda: drop(clickhouse.connect(settings.clickhouse), before_us),
        max_seconds=RETRY_SECONDS,
        clock=clock,
    )


def drop(client: Any, before_us: int) -> list[str]:
    """Drop every partition that holds only readings before *before_us*; say which."""
    dropped = readings.drop_partitions_before(client, before_us)
    before = utc_datetime(before_us).strftime("%Y-%m-%d")
    if dropped:
        log.info("retention dropped the partitions %s: all before %s", ", ".join(dropped), before)
    else:
        log.info("retention found nothing that is all before %s", before)
    return dropped
