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
from qlines.settings import Settings
from qlines.stop import Stop


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


def settings(tmp_path: Path, **more: str) -> Settings:
    env = {"QLINES_DATA_DIR": str(tmp_path), "QLINES_RUN_DIR": str(tmp_path / "run"), **more}
    return Settings.from_env(env)


def test_it_starts_backups_where_a_store_runs_and_nowhere_else(tmp_path: Path) -> None:
    here = cron.backups_of(settings(tmp_path), FakeClock())
    elsewhere = cron.backups_of(settings(tmp_path, QLINES_ROLES="cron,redis"), FakeClock())

    assert here is not None
    assert elsewhere is None


def test_it_looks_for_due_backups_while_redis_is_away_and_stops_them_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stop, backups = Stop(), MagicMock()
    monkeypatch.setattr(cron.Stop, "on_signals", lambda _self: stop)
    monkeypatch.setattr(cron, "SystemClock", FakeClock)
    monkeypatch.setattr(cron, "backups_of", lambda *_: backups)
    monkeypatch.setattr(cron.logs, "configure", lambda _level: None)
    monkeypatch.setenv("QLINES_RUN_DIR", str(tmp_path))
    redis = MagicMock()
    redis.pipeline.side_effect = RedisConnectionError("gone")
    monkeypatch.setattr(cron.redis_client, "connect", lambda _url: redis)

    def run_once() -> None:
        stop.is_set = backups.run_once.call_count == 3

    backups.run_once.side_effect = run_once

    assert cron.main() == 0
    assert backups.run_once.call_count == 3
    assert backups.stop.call_count == 1
    beat = (tmp_path / "heartbeat" / "cron.json").read_text()
    assert '"waiting_for": "redis"' in beat


def test_a_single_container_needs_no_lease():
    assert cron.lease_of(Settings.from_env({}), FakeClock()) is None
