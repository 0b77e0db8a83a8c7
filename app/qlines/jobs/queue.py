"""Put work on the RQ queue ``app1``; jobs go by name, so that who asks need not import them."""

from redis import Redis
from rq import Queue, Retry

from qlines.clients.redis import raising_unavailable

QUEUE = "app1"
EXPORT = "qlines.jobs.export.run"
CLEAN_EXPORTS = "qlines.jobs.export_cleaning.run"
RETENTION = "qlines.jobs.retention.run"
NOTIFICATION = "qlines.jobs.notification.run"

EXPORT_TIMEOUT_SECONDS = 3600
RETRY_SECONDS = 120.0  # how long a job waits for a store that is away, before it fails
# A year is RQ's default: too long for a Redis that is to stay small.
FAILURES_KEPT_SECONDS = 7 * 86_400
# Only a job whose worker died is run again: what a job itself cannot do, it says in its record.
AFTER_DEATH = 2


def export_job_id(export_id: str) -> str:
    """Return the id of the job that makes an export, so that its end can be found by it."""
    return f"export-{export_id}"


def enqueue_export(redis: Redis, export_id: str) -> None:
    """Let the worker write the export whose record has this id."""
    _enqueue(
        redis,
        EXPORT,
        export_id,
        description=f"export {export_id}",
        job_id=export_job_id(export_id),
        job_timeout=EXPORT_TIMEOUT_SECONDS,
        retry=Retry(max=AFTER_DEATH),
    )


def enqueue_notification(redis: Redis, subject: str, text: str) -> None:
    """Let the worker tell the admins by mail."""
    _enqueue(redis, NOTIFICATION, subject, text, description="notification")


def enqueue_export_cleaning(redis: Redis) -> None:
    """Let the worker settle exports whose job is gone and delete old ones."""
    _enqueue(redis, CLEAN_EXPORTS, description="cleaning of exports")


def _enqueue(redis: Redis, job: str, *args: str, **options: object) -> None:
    with raising_unavailable():
        Queue(QUEUE, connection=redis).enqueue(
            job, *args, failure_ttl=FAILURES_KEPT_SECONDS, **options
        )
