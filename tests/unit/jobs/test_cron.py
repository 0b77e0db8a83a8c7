import inspect
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from rq.cron import CronScheduler

from qlines.clock import FakeClock
from qlines.errors import StoreUnavailableError
from qlines.heartbeat import Heartbeat
from qlines.jobs import cron, queue


def test_each_periodic_job_exists() -> None:
    for periodic in cron.SCHEDULE:
        module, _, name = periodic.job.rpartition(".")
        assert callable(getattr(import_module(module), name))


def test_each_job_of_the_queue_exists() -> None:
    for job in (queue.EXPORT, queue.CLEAN_EXPORTS, queue.RETENTION, queue.NOTIFICATION):
        module, _, name = job.rpartition(".")
        assert callable(getattr(import_module(module), name))


def test_retention_runs_each_day() -> None:
    assert cron.PeriodicJob(queue.RETENTION, 86_400) in cron.SCHEDULE


def test_a_stub_has_the_module_and_name_of_its_job() -> None:
    stub = cron.job_stub("qlines.jobs.retention.run")

    assert (stub.__module__, stub.__qualname__) == ("qlines.jobs.retention", "run")


def test_a_stub_is_never_run_by_the_scheduler() -> None:
    with pytest.raises(RuntimeError, match="runs in the worker"):
        cron.job_stub("qlines.jobs.retention.run")()


def test_rqs_scheduler_takes_every_periodic_job() -> None:
    registered = cron.make_scheduler(MagicMock()).get_jobs()

    assert [job.func_name for job in registered] == [queue.RETENTION, queue.CLEAN_EXPORTS]
    assert {job.queue_name for job in registered} == {queue.QUEUE}


def test_rqs_scheduler_still_has_what_our_loop_calls() -> None:
    for name in ("enqueue_jobs", "save", "heartbeat"):
        required = [
            parameter.name
            for parameter in inspect.signature(getattr(CronScheduler, name)).parameters.values()
            if parameter.default is parameter.empty
        ]
        assert required == ["self"], name


class FakeScheduler:
    """RQ's scheduler without Redis."""

    def __init__(self) -> None:
        self.due: list[SimpleNamespace] = []
        self.heartbeats = 0

    def enqueue_jobs(self) -> list[SimpleNamespace]:
        due, self.due = self.due, []
        return due

    def save(self) -> None:
        """Do nothing."""

    def heartbeat(self) -> None:
        self.heartbeats += 1


def test_the_first_jobs_are_enqueued_a_minute_after_the_start(tmp_path: Path) -> None:
    clock = FakeClock()
    scheduler = FakeScheduler()
    scheduler.due = [SimpleNamespace(name="qlines.jobs.retention.run")]
    cronjob = cron.Cron(scheduler, Heartbeat(tmp_path, "cron", clock), clock)

    cronjob.run_once()
    waiting = list(scheduler.due)
    clock.advance(60)
    cronjob.run_once()

    assert len(waiting) == 1
    assert scheduler.due == []


def test_a_job_that_redis_did_not_take_stays_due(tmp_path: Path) -> None:
    clock = FakeClock()
    scheduler = MagicMock()
    scheduler.enqueue_jobs.side_effect = [RedisConnectionError("gone"), []]
    cronjob = cron.Cron(scheduler, Heartbeat(tmp_path, "cron", clock), clock)
    clock.advance(60)

    with pytest.raises(StoreUnavailableError):
        cronjob.run_once()
    cronjob.run_once()

    assert scheduler.enqueue_jobs.call_count == 2


def test_it_sends_rqs_heartbeat_once_a_minute(tmp_path: Path) -> None:
    clock = FakeClock()
    scheduler = FakeScheduler()
    cronjob = cron.Cron(scheduler, Heartbeat(tmp_path, "cron", clock), clock)

    for _ in range(50):
        cronjob.run_once()
        clock.advance(2)

    assert scheduler.heartbeats == 2
