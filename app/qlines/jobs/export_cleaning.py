"""Delete exports nobody fetches any more, and settle those whose job is gone."""

import logging
import os
from collections.abc import Container
from datetime import timedelta
from pathlib import Path
from typing import Any

from redis import Redis
from rq import Queue
from rq.job import Job, JobStatus

from qlines import logs
from qlines.clients import mongodb
from qlines.clients import redis as redis_client
from qlines.clock import SystemClock, utc_datetime
from qlines.jobs.queue import QUEUE, RETRY_SECONDS, export_job_id
from qlines.retry import retry_for
from qlines.settings import Settings
from qlines.store import exports

log = logging.getLogger(__name__)

KEPT = timedelta(days=7)
LOST = "the job that made it ended in the middle and could not be repeated: ask for it again"
# An unfinished file without a job is what a power cut left.
UNFINISHED_SUFFIX = ".unfinished"
AT_WORK = frozenset({JobStatus.QUEUED, JobStatus.STARTED, JobStatus.DEFERRED, JobStatus.SCHEDULED})


def run() -> None:
    """Do the job: the entry point of the process that RQ forks for it."""
    settings = Settings.from_env(os.environ)
    logs.configure(settings.log_level)
    clock = SystemClock()
    db = mongodb.connect(settings.mongodb)
    folder = settings.data_dir / "exports"
    redis = redis_client.connect(settings.redis)
    before = utc_datetime(clock.now_us()) - KEPT
    retry_for(lambda: remove_old(db, folder, before), max_seconds=RETRY_SECONDS, clock=clock)
    retry_for(lambda: settle(db, redis), max_seconds=RETRY_SECONDS, clock=clock)


def remove_old(db: Any, folder: Path, before: Any) -> None:
    """Delete the records and files of exports made before that moment."""
    files = exports.remove_before(db, before)
    for name in files:
        (folder / name).unlink(missing_ok=True)
    if files:
        log.info("deleted %s exports made before %s", len(files), before.date())


def settle(db: Any, redis: Redis) -> None:
    """Call every export failed that says it is being made although no job does so."""
    ids = exports.unfinished(db)
    with redis_client.raising_unavailable():
        at_work = {export_id for export_id in ids if is_at_work(redis, export_id)}
    for export_id in lost(ids, at_work):
        exports.fail(db, export_id, LOST)
        log.warning("export %s was lost: no job makes it", export_id)


def lost(ids: list[str], at_work: Container[str]) -> list[str]:
    """Return the unfinished exports that nobody works on."""
    return [export_id for export_id in ids if export_id not in at_work]


def is_at_work(redis: Redis, export_id: str) -> bool:
    """Tell whether the queue holds a job for this export, or a worker is at it."""
    job: Job | None = Queue(QUEUE, connection=redis).fetch_job(export_job_id(export_id))
    return job is not None and job.get_status() in AT_WORK
