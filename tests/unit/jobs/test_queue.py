"""The job for the channels of a person is on its queue once."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from unittest.mock import MagicMock

import pytest
from rq.job import JobStatus

from qlines.jobs import queue
from qlines.jobs.queue import enqueue_delivery


@pytest.fixture
def enqueued(monkeypatch):
    """Return (queue, job id) of what was enqueued."""
    enqueued = []

    class FakeQueue:
        def __init__(self, name, connection):
            self.name = name

        def enqueue(self, _job, _owner, _is_slow, *, job_id, **_):
            enqueued.append((self.name, job_id))

    monkeypatch.setattr(queue, "Queue", FakeQueue)
    return enqueued


def known(monkeypatch, job):
    monkeypatch.setattr(queue.Job, "fetch_many", lambda *_, **__: [job])


def job(status, ended_at=None):
    return SimpleNamespace(get_status=lambda refresh: status, ended_at=ended_at)


@pytest.mark.parametrize(
    ("is_slow", "job"),
    [(False, ("messages", "delivery-o1")), (True, ("messages-slow", "delivery-slow-o1"))],
)
def test_channels_that_fail_have_another_queue(monkeypatch, enqueued, is_slow, job):
    known(monkeypatch, None)

    enqueue_delivery(MagicMock(), "o1", is_slow=is_slow)

    assert enqueued == [job]


@pytest.mark.parametrize("status", [JobStatus.QUEUED, JobStatus.STARTED])
def test_one_that_waits_or_runs_is_not_enqueued_again(monkeypatch, enqueued, status):
    known(monkeypatch, job(status))

    enqueue_delivery(MagicMock(), "o1", is_slow=False)

    assert enqueued == []


@pytest.mark.parametrize(("seconds", "count"), [(10, 0), (61, 1)])
def test_one_that_failed_runs_again_a_minute_later(monkeypatch, enqueued, seconds, count):
    known(monkeypatch, job(JobStatus.FAILED, datetime.now(UTC) - timedelta(seconds=seconds)))

    enqueue_delivery(MagicMock(), "o1", is_slow=False)

    assert len(enqueued) == count
