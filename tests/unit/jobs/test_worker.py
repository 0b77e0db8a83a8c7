"""AppWorker overrides methods that RQ does not document for it: pin what it relies on."""

import inspect
from pathlib import Path
from types import FunctionType, SimpleNamespace
from typing import Any
from unittest.mock import MagicMock

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from rq.job import JobStatus
from rq.worker import Worker

from qlines.clock import FakeClock
from qlines.heartbeat import Heartbeat
from qlines.jobs import worker as worker_module
from qlines.jobs.queue import EXPORT, RETENTION
from qlines.jobs.worker import AppWorker

# Each method that AppWorker overrides: the parameters that RQ passes, and the methods that call it.
OVERRIDDEN = {
    "handle_warm_shutdown_request": (["self"], ["request_stop"]),
    "heartbeat": (["self", "timeout", "pipeline"], ["work", "maintain_heartbeats"]),
    "execute_job": (["self", "job", "queue"], ["work"]),
    "subscribe": (["self"], ["bootstrap"]),
    "unsubscribe": (["self"], ["teardown"]),
    "main_work_horse": (["self", "job", "queue"], ["fork_work_horse"]),
    "handle_job_failure": (
        ["self", "job", "queue", "started_job_registry", "exc_string", "execution"],
        ["monitor_work_horse", "_finalize_failure"],
    ),
}


def test_every_overridden_method_is_pinned() -> None:
    own = {name for name, member in vars(AppWorker).items() if isinstance(member, FunctionType)}

    assert own - {"__init__"} == set(OVERRIDDEN)


@pytest.mark.parametrize("name", OVERRIDDEN)
def test_rq_has_the_method_with_these_parameters(name: str) -> None:
    parameters, _ = OVERRIDDEN[name]

    assert list(inspect.signature(getattr(Worker, name)).parameters) == parameters


@pytest.mark.parametrize("name", OVERRIDDEN)
def test_rq_still_calls_the_method(name: str) -> None:
    _, callers = OVERRIDDEN[name]

    for caller in callers:
        assert name in getattr(Worker, caller).__code__.co_names, caller


def test_rq_has_the_attributes_that_are_overridden() -> None:
    assert isinstance(Worker.max_connection_wait_time, float)
    assert isinstance(Worker.log_result_lifespan, bool)


@pytest.fixture
def worker(tmp_path: Path) -> AppWorker:
    """Return a worker whose Redis accepts everything."""
    redis = MagicMock()
    redis.connection_pool.connection_kwargs = {}
    return AppWorker(redis, "rqworker-host", Heartbeat(tmp_path, "rqworker", FakeClock()))


def heartbeat_text(run_dir: Path) -> str:
    return (run_dir / "heartbeat" / "rqworker.json").read_text()


def test_a_heartbeat_says_what_the_worker_does(worker: AppWorker, tmp_path: Path) -> None:
    worker.heartbeat()

    assert "waiting for jobs" in heartbeat_text(tmp_path)


def test_a_heartbeat_names_redis_while_it_is_away(worker: AppWorker, tmp_path: Path) -> None:
    worker.connection = MagicMock()
    worker.connection.hset.side_effect = RedisConnectionError("gone")

    with pytest.raises(RedisConnectionError):
        worker.heartbeat()

    assert "waiting for redis" in heartbeat_text(tmp_path)


@pytest.mark.parametrize(
    ("status", "counter"), [(JobStatus.FINISHED, "done"), (JobStatus.FAILED, "failed")]
)
def test_it_counts_how_jobs_end(
    worker: AppWorker, monkeypatch: pytest.MonkeyPatch, status: JobStatus, counter: str
) -> None:
    monkeypatch.setattr(Worker, "execute_job", lambda *_: None)
    job: Any = SimpleNamespace(description="a job", get_status=lambda: status)

    worker.execute_job(job, MagicMock())

    assert worker._counters == {"done": 0, "failed": 0} | {counter: 1}


@pytest.mark.parametrize(("job_name", "times"), [(EXPORT, 1), (RETENTION, 0)])
def test_a_failed_export_is_cleaned_up_at_once(
    worker: AppWorker, monkeypatch: pytest.MonkeyPatch, job_name: str, times: int
) -> None:
    cleanings: list[Any] = []
    monkeypatch.setattr(Worker, "handle_job_failure", lambda *_, **__: None)
    monkeypatch.setattr(worker_module, "enqueue_export_cleaning", cleanings.append)
    job: Any = SimpleNamespace(func_name=job_name)

    worker.handle_job_failure(job, MagicMock(), exc_string="killed")

    assert len(cleanings) == times


def test_the_forked_process_dies_with_the_worker_and_first_when_memory_runs_out(
    worker: AppWorker, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[Any] = []
    monkeypatch.setattr(worker_module, "die_with_parent", calls.append)
    monkeypatch.setattr(worker_module, "die_first_of_memory", lambda: calls.append("first"))
    monkeypatch.setattr(Worker, "main_work_horse", lambda *_: calls.append("the job"))

    worker.main_work_horse(MagicMock(), MagicMock())

    assert calls == [worker.pid, "first", "the job"]


@pytest.mark.parametrize(("orphans", "times"), [(2, 1), (0, 0)])
def test_orphaned_jobs_are_cleaned_up_after(
    monkeypatch: pytest.MonkeyPatch, orphans: int, times: int
) -> None:
    cleanings: list[Any] = []
    monkeypatch.setattr(worker_module, "requeue_orphans", lambda *_: orphans)
    monkeypatch.setattr(worker_module, "enqueue_export_cleaning", cleanings.append)

    worker_module.recover(MagicMock(), "rqworker-host")

    assert len(cleanings) == times
