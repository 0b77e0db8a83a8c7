"""Enqueue jobs on the RQ queue ``app1``, by name, so that the caller does not import them."""

from redis import Redis
from rq import Queue, Retry

from qlines.clients.redis import raising_unavailable

QUEUE = "app1"
EXPORT = "qlines.jobs.export.run"
CLEAN_EXPORTS = "qlines.jobs.export_cleaning.run"
RETENTION = "qlines.jobs.retention.run"
NOTIFICATION = "qlines.jobs.notification.run"

EXPORT_TIMEOUT_SECONDS = 3600
RETRY_SECONDS = 120.0  # how long a job retries while a store is away, before it fails
# RQ's default is a year: too long for a Redis that has to stay small.
FAILURE_TTL_SECONDS = 7 * 86_400
# For jobs whose process was killed. An error that a job can report itself is in its record.
MAX_EXPORT_RETRIES = 2


def export_job_id(export_id: str) -> str:
    """Return the id of the job that writes an export, by which its state can be looked up."""
    return f"export-{export_id}"


def enqueue_export(redis: Redis, export_id: str) -> None:
    """Enqueue the job that writes the export with this id.

    Raise StoreUnavailableError when Redis does not answer; so do all functions here.
    """
    _enqueue(
        redis,
        EXPORT,
        export_id,
        description=f"export {export_id}",
        job_id=export_job_id(export_id),
        job_timeout=EXPORT_TIMEOUT_SECONDS,
        retry=Retry(max=MAX_EXPORT_RETRIES),
    )


def enqueue_notification(redis: Redis, subject: str, text: str, recipient: str = "") -> None:
    """Enqueue a mail to the admins, or to one *recipient*."""
    _enqueue(redis, NOTIFICATION, subject, text, recipient, description="notification")


def waiting_notifications(redis: Redis) -> list[tuple[str, ...]]:
    """Return the arguments of each mail that waits to be sent."""
    with raising_unavailable():
        jobs = Queue(QUEUE, connection=redis).jobs
        return [tuple(job.args) for job in jobs if job.func_name == NOTIFICATION]


def empty(redis: Redis) -> None:
    """Delete all jobs that wait."""
    with raising_unavailable():
        Queue(QUEUE, connection=redis).empty()  # type: ignore[no-untyped-call]


def enqueue_export_cleaning(redis: Redis) -> None:
    """Enqueue the job that fails orphaned exports and deletes old ones."""
    _enqueue(redis, CLEAN_EXPORTS, description="cleaning of exports")


def _enqueue(redis: Redis, job: str, *args: str, **options: object) -> None:
    with raising_unavailable():
        Queue(QUEUE, connection=redis).enqueue(
            job, *args, failure_ttl=FAILURE_TTL_SECONDS, **options
        )
