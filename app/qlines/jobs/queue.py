"""Enqueue jobs on the queues of RQ, by name, so that the caller does not import them."""

from datetime import UTC, datetime, timedelta

from redis import Redis
from rq import Queue, Retry
from rq.job import Job, JobStatus

from qlines.clients.redis import raising_unavailable

QUEUE = "app1"
EXPORT = "qlines.jobs.export.run"
CLEAN_EXPORTS = "qlines.jobs.export_cleaning.run"
RETENTION = "qlines.jobs.retention.run"
# Messages about alarms: an export of an hour must not hold them up. The second is for channels that
# fail, so that those who hang do not occupy every worker.
MESSAGES, MESSAGES_SLOW = "messages", "messages-slow"
DELIVERY = "qlines.jobs.delivery.run"
NOTIFICATION = "qlines.jobs.notification.run"

EXPORT_TIMEOUT_SECONDS = 3600
DELIVERY_TIMEOUT_SECONDS = 1800  # many messages, each of which has its own limit
AFTER_FAILURE = timedelta(minutes=1)
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


def enqueue_delivery(redis: Redis, owner: str, *, is_slow: bool) -> None:
    """Enqueue the job that sends what is due for a person's channels, unless it waits or runs.

    One for those that answer and one for those that are slow: whatever number of channels a person
    has, they hold one worker of each queue, and the others are everybody else's. After a run that
    failed for an error of ours the next one is a minute later.
    """
    job_id = f"delivery-slow-{owner}" if is_slow else f"delivery-{owner}"
    with raising_unavailable():
        (known,) = Job.fetch_many([job_id], connection=redis)
        if known is not None and not _may_run_again(known):
            return
        Queue(MESSAGES_SLOW if is_slow else MESSAGES, connection=redis).enqueue(
            DELIVERY,
            owner,
            is_slow,
            description=f"messages to the {'slow ' if is_slow else ''}channels of {owner}",
            job_id=job_id,
            job_timeout=DELIVERY_TIMEOUT_SECONDS,
            result_ttl=0,
            failure_ttl=FAILURE_TTL_SECONDS,
        )


def _may_run_again(job: Job) -> bool:
    status = job.get_status(refresh=False)
    if status in (JobStatus.QUEUED, JobStatus.STARTED):
        return False
    ended_at = job.ended_at
    if status != JobStatus.FAILED or ended_at is None:
        return True
    aware = ended_at if ended_at.tzinfo else ended_at.replace(tzinfo=UTC)
    return datetime.now(UTC) - aware > AFTER_FAILURE


def enqueue_export_cleaning(redis: Redis) -> None:
    """Enqueue the job that fails orphaned exports and deletes old ones."""
    _enqueue(redis, CLEAN_EXPORTS, description="cleaning of exports")


def _enqueue(redis: Redis, job: str, *args: str, **options: object) -> None:
    with raising_unavailable():
        Queue(QUEUE, connection=redis).enqueue(
            job, *args, failure_ttl=FAILURE_TTL_SECONDS, **options
        )
