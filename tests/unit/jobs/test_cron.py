from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

from qlines.clock import FakeClock
from qlines.heartbeat import Heartbeat
from qlines.jobs import cron, queue


def test_each_regular_job_exists() -> None:
    for regular in cron.SCHEDULE:
        module, _, name = regular.job.rpartition(".")
        assert callable(getattr(import_module(module), name))


def test_each_job_of_the_queue_exists() -> None:
    for job in (queue.EXPORT, queue.CLEAN_EXPORTS, queue.RETENTION, queue.NOTIFICATION):
        module, _, name = job.rpartition(".")
        assert callable(getattr(import_module(module), name))


def test_retention_runs_each_day() -> None:
    assert cron.Regular(queue.RETENTION, 86_400) in cron.SCHEDULE


def test_a_stand_in_carries_the_name_of_its_job() -> None:
    stand_in = cron._named("qlines.jobs.retention.run")

    assert (stand_in.__module__, stand_in.__qualname__) == ("qlines.jobs.retention", "run")


class FakeScheduler:
    """RQ's scheduler without Redis."""

    def __init__(self) -> None:
        self.due: list[SimpleNamespace] = []
        self.heartbeats = 0

    def enqueue_jobs(self) -> list[SimpleNamespace]:
        due, self.due = self.due, []
        return due

    def save(self) -> None:
        """Keep nothing."""

    def heartbeat(self) -> None:
        self.heartbeats += 1


def test_the_first_jobs_wait_until_the_start_is_over(tmp_path: Path) -> None:
    clock = FakeClock()
    scheduler = FakeScheduler()
    scheduler.due = [SimpleNamespace(name="qlines.jobs.retention.run")]
    cronjob = cron.Cron(scheduler, Heartbeat(tmp_path, "cron", clock), clock)

    cronjob.turn()
    waiting = list(scheduler.due)
    clock.advance(60)
    cronjob.turn()

    assert len(waiting) == 1
    assert scheduler.due == []


def test_it_says_once_a_minute_that_it_lives(tmp_path: Path) -> None:
    clock = FakeClock()
    scheduler = FakeScheduler()
    cronjob = cron.Cron(scheduler, Heartbeat(tmp_path, "cron", clock), clock)

    for _ in range(50):
        cronjob.turn()
        clock.advance(2)

    assert scheduler.heartbeats == 2
