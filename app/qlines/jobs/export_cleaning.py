"""Delete old exports and unfinished files, and fail exports that no job works on."""

import logging
import os
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from redis import Redis
from rq import Queue
from rq.job import Job, JobStatus

from appliance.shared import twin
from qlines import logs, role
from qlines.clients import mongodb
from qlines.clients import redis as redis_client
from qlines.clients.mongodb import Documents
from qlines.clock import SystemClock, utc_datetime
from qlines.jobs.export_files import unfinished_files
from qlines.jobs.queue import QUEUE, RETRY_SECONDS, enqueue_export, export_job_id
from qlines.retry import retry_for
from qlines.settings import Settings
from qlines.store import export_store, exports

log = logging.getLogger(__name__)

RETENTION = timedelta(days=7)
TAKEN_OVER_AFTER = timedelta(minutes=5)
# A request writes its record first, then its job, for which Redis may take a few seconds.
REQUESTED_WITHIN = timedelta(seconds=10)
# Shown to the user after "The export failed: ".
ORPHANED = "it was interrupted several times. Request it again."
ACTIVE = frozenset({JobStatus.QUEUED, JobStatus.STARTED, JobStatus.DEFERRED, JobStatus.SCHEDULED})


def run() -> None:
    """Clean the exports: the entry point of the process that RQ forks.

    Of two twins the active one does it: both share the records, and neither sees the other's jobs.
    """
    settings = Settings.from_env(os.environ)
    logs.configure(settings.log_level)
    clock = SystemClock()
    seen = role.reader(settings.data_dir, settings.run_dir, clock)()
    folder = settings.data_dir / "exports"
    before = utc_datetime(clock.now_us()) - RETENTION
    if seen.role != role.ACTIVE:
        log.info("the records of exports are left to the active side: %s", seen.sentence)
        delete_old_files(folder, before)
        return
    db = mongodb.connect(settings.mongodb)
    redis = redis_client.connect(settings.redis)
    is_twin = twin.is_paired(settings.data_dir)
    younger = TAKEN_OVER_AFTER if is_twin else REQUESTED_WITHIN
    jobless_before = utc_datetime(clock.now_us()) - younger
    for step in (
        lambda: delete_old(db, folder, before),
        lambda: delete_old_files(folder, before),
        lambda: export_store.remove_before(db, before),
        lambda: settle_orphaned(db, redis, jobless_before=jobless_before, is_twin=is_twin),
        lambda: delete_unfinished(folder, redis),
    ):
        retry_for(step, max_seconds=RETRY_SECONDS, clock=clock)


def delete_old(db: Documents, folder: Path, before: datetime) -> None:
    """Delete the records and files of exports requested before that moment."""
    files = exports.remove_before(db, before)
    for name in files:
        (folder / name).unlink(missing_ok=True)
    if files:
        log.info("deleted %s exports requested before %s", len(files), before.date())


def delete_old_files(folder: Path, before: datetime) -> None:
    """Delete the files written before that moment: of two twins, either may have deleted the record
    of a file that the other has.
    """
    for file in folder.glob("*.csv"):
        if file.stat().st_mtime < before.timestamp():
            file.unlink(missing_ok=True)


def settle_orphaned(
    db: Documents, redis: Redis, *, jobless_before: datetime, is_twin: bool = False
) -> None:
    """Set queued and running exports to ``failed`` when no job works on them.

    One that was never a job here is left alone unless it was requested before *jobless_before*: a
    younger one may just be becoming one. With a twin it is the twin's, whose Redis nobody else
    reads, and is enqueued here instead.
    """
    old = set(exports.unfinished(db, jobless_before))
    for export_id in orphaned(redis, exports.unfinished(db)):
        is_jobless = job_of(redis, export_id) is None
        if is_jobless and export_id not in old:
            continue
        if is_jobless and is_twin:
            enqueue_export(redis, export_id)
            log.info("export %s is taken over from the twin", export_id)
        else:
            exports.fail(db, export_id, ORPHANED)
            log.warning("export %s failed: its job is gone", export_id)


def delete_unfinished(folder: Path, redis: Redis) -> None:
    """Delete the partial files that killed jobs left, unless their export is about to be retried.

    The folder is listed before the queue is read, so a job that starts in between keeps its file.
    """
    files = unfinished_files(folder)
    for export_id in orphaned(redis, files):
        files[export_id].unlink(missing_ok=True)
        log.info("deleted the unfinished file of export %s", export_id)


def orphaned(redis: Redis, export_ids: Iterable[str]) -> list[str]:
    """Return the exports that have no active job.

    Raise StoreUnavailableError when Redis does not answer.
    """
    with redis_client.raising_unavailable():
        return [export_id for export_id in export_ids if not has_active_job(redis, export_id)]


def has_active_job(redis: Redis, export_id: str) -> bool:
    """Return whether a job for this export is queued or being worked on."""
    job = job_of(redis, export_id)
    return job is not None and job.get_status() in ACTIVE


def job_of(redis: Redis, export_id: str) -> Job | None:
    """Return the job that writes this export, None when Redis has none."""
    job: Job | None = Queue(QUEUE, connection=redis).fetch_job(export_job_id(export_id))
    return job
