"""requeue_orphans() uses RQ's key layout: pin it. tests/integration/jobs has the real Redis."""

import inspect

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from rq.executions import WORKER_EXECUTIONS_KEY_TEMPLATE, Execution
from rq.registry import StartedJobRegistry
from rq.worker import Worker

from qlines.errors import StoreUnavailableError
from qlines.jobs.orphaned_jobs import requeue_orphans

NAME = "rqworker-host"


class FakeRedis:
    """The three commands that requeue_orphans() sends itself."""

    def __init__(self, executions: set[bytes]) -> None:
        self.executions = executions
        self.scores: list[tuple[str, dict[str, int], bool]] = []
        self.deleted: tuple[str, ...] = ()

    def smembers(self, key: str) -> set[bytes]:
        assert key == f"rq:worker:{NAME}:executions"
        return self.executions

    def zadd(self, key: str, scores: dict[str, int], *, xx: bool) -> None:
        self.scores.append((key, scores, xx))

    def delete(self, *keys: str) -> None:
        self.deleted = keys


@pytest.fixture
def cleanups(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the keys of the registries that RQ cleaned up."""
    keys: list[str] = []
    monkeypatch.setattr(StartedJobRegistry, "cleanup", lambda registry: keys.append(registry.key))
    return keys


def test_it_expires_the_executions_and_lets_rq_requeue_their_jobs(cleanups: list[str]) -> None:
    redis = FakeRedis({b"export-1:e1"})

    count = requeue_orphans(redis, NAME)  # type: ignore[arg-type]

    assert count == 1
    assert redis.scores == [("rq:wip:app1", {"export-1:e1": 0}, True)]
    assert cleanups == ["rq:wip:app1"]


def test_it_frees_the_name_of_the_killed_worker(cleanups: list[str]) -> None:
    redis = FakeRedis(set())

    count = requeue_orphans(redis, NAME)  # type: ignore[arg-type]

    assert count == 0
    assert redis.deleted == (f"rq:worker:{NAME}", f"rq:worker:{NAME}:executions")


def test_a_redis_that_is_away_is_an_outage(monkeypatch: pytest.MonkeyPatch) -> None:
    redis = FakeRedis(set())

    def refuse(_key: str) -> set[bytes]:
        raise RedisConnectionError("gone")

    monkeypatch.setattr(redis, "smembers", refuse)

    with pytest.raises(StoreUnavailableError):
        requeue_orphans(redis, NAME)  # type: ignore[arg-type]


def test_rq_still_names_its_keys_like_this() -> None:
    assert WORKER_EXECUTIONS_KEY_TEMPLATE == "rq:worker:{0}:executions"
    assert Worker.redis_worker_namespace_prefix == "rq:worker:"
    assert StartedJobRegistry.key_template.format("app1") == "rq:wip:app1"
    execution = Execution("e1", "export-1", None, NAME)  # type: ignore[arg-type]
    assert execution.composite_key == "export-1:e1"
    assert execution.worker_executions_key == f"rq:worker:{NAME}:executions"


def test_rqs_cleanup_still_retries_expired_jobs() -> None:
    parameters = inspect.signature(StartedJobRegistry.cleanup).parameters

    assert all(parameter.default is None for parameter in list(parameters.values())[1:])
    assert {"retries_left", "retry"} <= set(StartedJobRegistry.cleanup.__code__.co_names)
