"""Redis: the jobs of the RQ queue ``app1`` that have not ended, one line of JSON each.

The rest of Redis is made again by the programs that use it. Jobs are read and written by ordinary
commands: the image's Redis forbids RESTORE, and DUMP's bytes depend on the version of Redis.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from redis import Redis
from redis.exceptions import RedisError
from rq import Queue
from rq.exceptions import NoSuchJobError
from rq.job import Job

from backup.counts import Counts
from backup.errors import BackupError
from qlines.clients.redis import connect, raising_unavailable
from qlines.errors import StoreRefusedError
from qlines.jobs.queue import QUEUE
from qlines.settings import Settings

FILE = "jobs.jsonl"
STARTED, QUEUED, SCHEDULED, DEFERRED = "started", "queued", "scheduled", "deferred"
# RQ's statuses of a job that has ended, between our reading of the queue and of the job.
ENDED = frozenset({b"finished", b"failed", b"stopped", b"canceled"})
# What a run wrote into its job: the next one begins without it.
OF_A_RUN = ("status", "started_at", "ended_at", "last_heartbeat", "worker_name")
JOBS_PER_REPLY = 100


class StoredJob(NamedTuple):
    """A job as RQ keeps it in a hash; *at* is the epoch second for which it is scheduled."""

    id: str
    state: str
    at: float | None
    fields: Mapping[str, bytes]


def dump(settings: Settings, folder: Path) -> Counts:
    """Write the jobs that have not ended, in the order in which they would run."""
    count = 0
    with _connected(settings, "the dump") as redis, (folder / FILE).open("w") as file:
        for job in _read_jobs(redis):
            file.write(to_line(job))
            count += 1
    return {"jobs": count}


def restore(settings: Settings, folder: Path) -> Counts:
    """Enqueue the jobs of a dump, which then run; return how many.

    Jobs whose ids exist are left as they are. For an operator who asks for it: a job may send a
    mail that was sent long ago.
    """
    jobs = read_file(folder / FILE)
    with _connected(settings, "the restore") as redis:
        queue = Queue(QUEUE, connection=redis)
        return {"jobs": sum(_enqueue(queue, job) for job in jobs)}


def to_line(job: StoredJob) -> str:
    """Return the job as a line of the file."""
    fields = {name: b64encode(value).decode() for name, value in job.fields.items()}
    return json.dumps(job._replace(fields=fields)._asdict()) + "\n"  # type: ignore[arg-type]


def read_file(file: Path) -> list[StoredJob]:
    """Return the jobs of a file; raise BackupError when it is missing or a line is corrupt."""
    try:
        return [_from_line(line) for line in file.read_text().splitlines()]
    except FileNotFoundError:
        raise BackupError(f"a dump of Redis must hold {FILE}: choose an older backup") from None
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupError(f"{file} is corrupt ({error!r}): choose an older backup") from error


def _from_line(line: str) -> StoredJob:
    job = json.loads(line)
    fields = {name: b64decode(value, validate=True) for name, value in job["fields"].items()}
    return StoredJob(job["id"], job["state"], job["at"], fields)


def _read_jobs(redis: Redis) -> Iterator[StoredJob]:
    """Yield the jobs of the queue.

    1. Read at one moment where each job is, since a job moves from one to the next: waiting, taken
       by a worker, started, and so on. A job that is in two of them counts once.
    2. Read the jobs themselves. One that has ended or vanished since then is left out.
    """
    places = list(_places(redis).items())
    for first in range(0, len(places), JOBS_PER_REPLY):
        some = places[first : first + JOBS_PER_REPLY]
        with redis.pipeline(transaction=False) as pipeline:
            for job_id, _ in some:
                pipeline.hgetall(Job.key_for(job_id))
            hashes = pipeline.execute()
        for (job_id, (state, at)), fields in zip(some, hashes, strict=True):
            if fields and fields.get(b"status") not in ENDED:
                named = {name.decode(): value for name, value in fields.items()}
                yield StoredJob(job_id, state, at, named)


def _places(redis: Redis) -> dict[str, tuple[str, float | None]]:
    """Return state and time by job id, in the order in which jobs would run."""
    queue = Queue(QUEUE, connection=redis)
    started = queue.started_job_registry
    with redis.pipeline(transaction=True) as pipeline:
        pipeline.zrange(started.key, 0, -1)
        pipeline.lrange(queue.intermediate_queue_key, 0, -1)
        pipeline.zrange(queue.ready_job_registry.key, 0, -1)
        pipeline.lrange(queue.key, 0, -1)
        pipeline.zrange(queue.scheduled_job_registry.key, 0, -1, withscores=True)
        pipeline.zrange(queue.deferred_job_registry.key, 0, -1)
        running, taken, ready, waiting, scheduled, deferred = pipeline.execute()
    found: list[tuple[str, str, float | None]] = [
        *((started.parse_job_id(entry), STARTED, None) for entry in running),
        *((entry.decode(), STARTED, None) for entry in taken),
        *((entry.decode(), QUEUED, None) for entry in [*ready, *waiting]),
        *((entry.decode(), SCHEDULED, score) for entry, score in scheduled),
        *((entry.decode(), DEFERRED, None) for entry in deferred),
    ]
    places: dict[str, tuple[str, float | None]] = {}
    for job_id, state, at in found:
        places.setdefault(job_id, (state, at))
    return places


def fresh(fields: Mapping[str, bytes]) -> dict[bytes, bytes]:
    """Return a job's hash as it was before its first run."""
    return {name.encode(): value for name, value in fields.items() if name not in OF_A_RUN}


def _enqueue(queue: Queue, stored: StoredJob) -> bool:
    """Return whether the job was put back; False when its id exists."""
    if queue.connection.exists(Job.key_for(stored.id)):
        return False
    job: Any = Job(stored.id, connection=queue.connection)
    try:
        job.restore(fresh(stored.fields))
    except (NoSuchJobError, ValueError) as error:
        raise BackupError(
            f"RQ cannot read the job {stored.id} of this backup: choose another backup"
        ) from error
    if stored.at is not None:
        queue.schedule_job(job, datetime.fromtimestamp(stored.at, UTC))
    else:
        # A job that waits for others is deferred again, unless they have ended since then.
        queue.enqueue_job(job)
    return True


@contextmanager
def _connected(settings: Settings, verb: str) -> Iterator[Redis]:
    """Yield a client; raise StoreUnavailableError and BackupError for redis-py's errors."""
    redis = connect(settings.redis)
    try:
        with raising_unavailable():
            yield redis
    except StoreRefusedError as error:
        raise BackupError(f"{verb} failed: {error}") from error
    except RedisError as error:
        raise BackupError(f"Redis refused {verb} of its jobs: {error}") from error
    finally:
        redis.close()
