"""Jobs of RQ in the image's Redis, with its configuration, which forbids RESTORE."""

import json
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from redis.exceptions import NoPermissionError, OutOfMemoryError
from rq import Queue, SimpleWorker
from rq.job import Job, JobStatus
from rq.registry import StartedJobRegistry
from rq.timeouts import TimerDeathPenalty

from backup.errors import BackupError
from backup.sources import redis as source
from qlines.jobs.cron import make_scheduler
from qlines.jobs.queue import QUEUE, enqueue_export, enqueue_notification, export_job_id
from qlines.settings import Settings
from tests.harness.daemon import Daemon
from tests.harness.docker import free_ports
from tests.harness.ready_stores import ready_redis

ETC = Path(__file__).resolve().parents[3] / "appliance" / "etc"
# A job that is in every Python: what it returns shows that it ran.
JOB = "operator.add"


@pytest.fixture(scope="module")
def server(image, tmp_path_factory):
    (port,) = free_ports(1)
    text = (ETC / "redis" / "redis.conf").read_text()
    for before, after in {
        "bind 127.0.0.1": "bind 0.0.0.0\nprotected-mode no",
        "port 6379": f"port {port}",
        "unixsocket ": "# unixsocket ",
        "unixsocketperm ": "# unixsocketperm ",
        "dir /data/redis": "dir /data",
    }.items():
        assert before in text
        text = text.replace(before, after, 1)
    file = tmp_path_factory.mktemp("redis") / "redis.conf"
    file.write_text(text)
    file.chmod(0o644)
    file.parent.chmod(0o755)
    path = "/etc/redis.conf"
    started = Daemon(image, "/usr/bin/redis-server", path, port=port, files={path: file})
    with ready_redis(started) as client:
        yield client


@pytest.fixture
def redis(server):
    server.flushall()
    return server


@pytest.fixture
def settings(redis):
    place = redis.connection_pool.connection_kwargs
    url = f"redis://{place['host']}:{place['port']}/0"
    return Settings.from_env({"QLINES_REDIS": url, "QLINES_DATA_DIR": "/nowhere"})


@pytest.fixture
def queue(redis):
    return Queue(QUEUE, connection=redis)


class Sum(SimpleWorker):
    """A worker that runs jobs in this process; its limit of time needs no signal."""

    death_penalty_class = TimerDeathPenalty


def work(redis):
    """Run every job that waits."""
    Sum([QUEUE], connection=redis).work(burst=True, logging_level=None)


def start(redis, name="rqworker-host"):
    """Do what RQ's worker does until its process runs the next job."""
    worker = SimpleWorker([QUEUE], name=name, connection=redis)
    job, _ = worker.dequeue_job_and_maintain_ttl(None)
    worker.prepare_execution(job)
    worker.prepare_job_execution(job, remove_from_intermediate_queue=True)
    return job


def status(redis, job_id):
    return Job.fetch(job_id, connection=redis).get_status()


def test_the_images_redis_forbids_restore(redis):
    redis.set("key", "value")

    with pytest.raises(NoPermissionError):
        redis.restore("other", 0, redis.dump("key"))


def test_restored_jobs_run_in_their_order(settings, redis, queue, tmp_path):
    for number in range(250):
        queue.enqueue(JOB, number, 1, job_id=f"job-{number:03}", result_ttl=600)
    assert source.dump(settings, tmp_path) == {"jobs": 250}
    redis.flushall()

    assert source.restore(settings, tmp_path) == {"jobs": 250}

    assert queue.job_ids == [f"job-{number:03}" for number in range(250)]
    work(redis)
    assert queue.job_ids == []
    assert Job.fetch("job-249", connection=redis).return_value() == 250


def test_our_jobs_come_back_with_arguments_retries_and_times(settings, redis, queue, tmp_path):
    enqueue_export(redis, "e1")
    enqueue_notification(redis, "the disk is full", "delete something")
    before = [job.to_dict() for job in queue.jobs]
    source.dump(settings, tmp_path)
    redis.flushall()

    source.restore(settings, tmp_path)

    after = [job.to_dict() for job in queue.jobs]
    assert len(before) == len(after) == 2
    for old, new in zip(before, after, strict=True):
        assert new.pop("enqueued_at") >= old.pop("enqueued_at")
        assert new == old
    export, notification = queue.jobs
    assert (export.id, export.args, export.retries_left) == (export_job_id("e1"), ("e1",), 2)
    assert notification.args == ("the disk is full", "delete something", "")


def test_a_job_that_was_running_waits_again(settings, redis, queue, tmp_path):
    queue.enqueue(JOB, 1, 1, job_id="running")
    queue.enqueue(JOB, 2, 2, job_id="waiting")
    start(redis)
    assert status(redis, "running") == JobStatus.STARTED
    assert source.dump(settings, tmp_path) == {"jobs": 2}
    redis.flushall()

    source.restore(settings, tmp_path)

    assert queue.job_ids == ["running", "waiting"]
    assert StartedJobRegistry(QUEUE, connection=redis).get_job_ids() == []
    work(redis)
    assert status(redis, "running") == JobStatus.FINISHED


def test_a_job_that_a_worker_has_just_taken_is_dumped(settings, redis, queue, tmp_path):
    queue.enqueue(JOB, 1, 1, job_id="taken")
    SimpleWorker([QUEUE], connection=redis).dequeue_job_and_maintain_ttl(None)
    assert queue.job_ids == []

    assert source.dump(settings, tmp_path) == {"jobs": 1}


def test_a_scheduled_job_stays_scheduled(settings, redis, queue, tmp_path):
    at = datetime.now(UTC).replace(microsecond=0) + timedelta(hours=3)
    queue.enqueue_at(at, JOB, 1, 1, job_id="later")
    source.dump(settings, tmp_path)
    redis.flushall()

    source.restore(settings, tmp_path)

    assert queue.job_ids == []
    assert queue.scheduled_job_registry.get_scheduled_time("later") == at
    assert status(redis, "later") == JobStatus.SCHEDULED


def test_a_job_that_waits_for_another_runs_after_it(settings, redis, queue, tmp_path):
    first = queue.enqueue(JOB, 1, 1, job_id="first")
    queue.enqueue(JOB, 2, 2, job_id="second", depends_on=first)
    assert source.dump(settings, tmp_path) == {"jobs": 2}
    redis.flushall()

    source.restore(settings, tmp_path)

    assert status(redis, "second") == JobStatus.DEFERRED
    work(redis)
    assert status(redis, "second") == JobStatus.FINISHED


def test_jobs_that_ended_are_not_dumped(settings, redis, queue, tmp_path):
    queue.enqueue(JOB, 1, 1, job_id="done", result_ttl=600)
    queue.enqueue(JOB, 1, "text", job_id="failed")
    work(redis)
    assert (status(redis, "done"), status(redis, "failed")) == ("finished", "failed")

    assert source.dump(settings, tmp_path) == {"jobs": 0}


def test_a_job_that_ends_during_the_dump_is_left_out(monkeypatch, settings, redis, queue, tmp_path):
    queue.enqueue(JOB, 1, 1, job_id="ends", result_ttl=600)
    queue.enqueue(JOB, 1, 1, job_id="vanishes", result_ttl=0)
    places = source._places

    def places_then_work(client):
        found = places(client)
        work(redis)
        return found

    monkeypatch.setattr(source, "_places", places_then_work)

    assert source.dump(settings, tmp_path) == {"jobs": 0}


def test_a_job_whose_id_exists_is_left_as_it_is(settings, redis, queue, tmp_path):
    queue.enqueue(JOB, 1, 1, job_id="known", result_ttl=600)
    queue.enqueue(JOB, 1, 1, job_id="lost")
    source.dump(settings, tmp_path)
    Job.fetch("lost", connection=redis).delete()
    work(redis)

    assert source.restore(settings, tmp_path) == {"jobs": 1}

    assert queue.job_ids == ["lost"]
    assert status(redis, "known") == JobStatus.FINISHED


def test_workers_and_the_scheduler_of_regular_jobs_are_not_dumped(settings, redis, queue, tmp_path):
    enqueue_export(redis, "e1")
    SimpleWorker([QUEUE], name="rqworker-host", connection=redis).register_birth()
    scheduler = make_scheduler(redis)
    scheduler.register_birth()
    scheduler.save()
    source.dump(settings, tmp_path)
    redis.flushall()

    source.restore(settings, tmp_path)

    keys = {key.decode() for key in redis.scan_iter()}
    assert keys == {"rq:queues", "rq:queue:app1", f"rq:job:{export_job_id('e1')}"}


def test_a_job_that_rq_cannot_read_fails_the_restore(settings, redis, queue, tmp_path):
    line = {"id": "odd", "state": "queued", "at": None, "fields": {}}
    (tmp_path / "jobs.jsonl").write_text(json.dumps(line) + "\n")

    with pytest.raises(BackupError, match="RQ cannot read the job odd"):
        source.restore(settings, tmp_path)


def fill(redis):
    """Write until Redis refuses even little."""
    for size in (1_000_000, 1_000):
        with suppress(OutOfMemoryError):
            for number in range(100_000):
                redis.set(f"{size}-{number}", b"x" * size)
        # Its buffer of a megabyte, which Redis would free a moment later, and have room again.
        redis.connection_pool.disconnect()


def test_a_full_redis_fails_the_restore(settings, redis, queue, tmp_path):
    enqueue_export(redis, "e1")
    source.dump(settings, tmp_path)
    redis.flushall()
    fill(redis)

    with pytest.raises(BackupError, match="Redis refused the restore of its jobs"):
        source.restore(settings, tmp_path)
