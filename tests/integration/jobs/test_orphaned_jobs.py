"""What RQ and a real Redis do with the jobs of a killed worker."""

import pytest
from rq import Queue
from rq.job import Job, JobStatus
from rq.worker import Worker

from qlines.jobs.export_cleaning import orphaned
from qlines.jobs.orphaned_jobs import requeue_orphans
from qlines.jobs.queue import MAX_EXPORT_RETRIES, QUEUE, enqueue_export, export_job_id
from tests.harness import daemon
from tests.harness.ready_stores import ready_redis

NAME = "rqworker-host"


@pytest.fixture(scope="module")
def server(image):
    with ready_redis(daemon.redis(image)) as client:
        yield client


@pytest.fixture
def redis(server):
    server.flushall()
    return server


def start_and_die(redis, export_id):
    """Do what RQ's worker does until its process runs the job, and leave it like that."""
    worker = Worker([QUEUE], name=NAME, connection=redis)
    worker.register_birth()
    job, _ = worker.dequeue_job_and_maintain_ttl(None)
    assert job.id == export_job_id(export_id)
    worker.prepare_execution(job)
    worker.prepare_job_execution(job, remove_from_intermediate_queue=True)
    return job


def status(redis, export_id):
    return Job.fetch(export_job_id(export_id), connection=redis).get_status()


def test_a_job_of_a_killed_worker_is_queued_again(redis):
    enqueue_export(redis, "e1")
    start_and_die(redis, "e1")
    assert status(redis, "e1") == JobStatus.STARTED

    count = requeue_orphans(redis, NAME)

    assert count == 1
    assert status(redis, "e1") == JobStatus.QUEUED
    assert Queue(QUEUE, connection=redis).job_ids == [export_job_id("e1")]


def test_a_new_worker_may_take_the_name_of_the_killed_one(redis):
    enqueue_export(redis, "e1")
    start_and_die(redis, "e1")
    with pytest.raises(ValueError, match="active worker"):
        Worker([QUEUE], name=NAME, connection=redis).register_birth()

    requeue_orphans(redis, NAME)

    Worker([QUEUE], name=NAME, connection=redis).register_birth()


def test_a_job_whose_retries_are_used_up_is_failed_and_its_export_orphaned(redis):
    enqueue_export(redis, "e1")
    for _ in range(MAX_EXPORT_RETRIES):
        start_and_die(redis, "e1")
        requeue_orphans(redis, NAME)
        assert orphaned(redis, ["e1"]) == []

    start_and_die(redis, "e1")
    requeue_orphans(redis, NAME)

    assert status(redis, "e1") == JobStatus.FAILED
    assert orphaned(redis, ["e1"]) == ["e1"]


def test_the_jobs_of_another_worker_are_left_alone(redis):
    enqueue_export(redis, "e1")
    start_and_die(redis, "e1")

    count = requeue_orphans(redis, "rqworker-other-host")

    assert count == 0
    assert status(redis, "e1") == JobStatus.STARTED


def test_an_export_without_a_job_is_orphaned(redis):
    enqueue_export(redis, "queued")

    assert orphaned(redis, ["queued", "gone"]) == ["gone"]
