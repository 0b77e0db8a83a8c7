from dataclasses import replace
from types import SimpleNamespace

import pytest

from qlines.errors import StoreUnavailableError
from qlines.moving import waiting_jobs
from qlines.settings import Settings

ALONE = Settings.from_env({"QLINES_DATA_DIR": "/nowhere"})
ELSEWHERE = replace(ALONE, redis="redis://redis:6379/0", roles=ALONE.roles - {"redis"})


@pytest.fixture
def queues(monkeypatch):
    """Return the jobs that wait in each Redis, by its address."""
    waiting = {ALONE.redis: [], ELSEWHERE.redis: []}
    monkeypatch.setattr(
        waiting_jobs.redis, "connect", lambda url: SimpleNamespace(url=url, close=lambda: None)
    )
    monkeypatch.setattr(waiting_jobs.exports, "unfinished", lambda _db: ["an export"])
    fake = SimpleNamespace(
        empty=lambda client: waiting[client.url].clear(),
        enqueue_export=lambda client, export_id: waiting[client.url].append(export_id),
        enqueue_notification=lambda client, *mail: waiting[client.url].append(mail),
        waiting_notifications=lambda client: [
            job for job in waiting[client.url] if isinstance(job, tuple)
        ],
    )
    monkeypatch.setattr(waiting_jobs, "queue", fake)
    return waiting


def test_what_waits_is_queued_beside_what_others_have_queued_there(queues):
    queues[ALONE.redis] += [("a mail", "text"), "an export"]
    queues[ELSEWHERE.redis] += ["a job of another node"]

    waiting_jobs.queue_again(ALONE, ELSEWHERE, "db")
    waiting_jobs.forget(ALONE)

    assert queues[ELSEWHERE.redis] == ["a job of another node", "an export", ("a mail", "text")]
    assert queues[ALONE.redis] == []


def test_what_this_container_had_queued_before_it_moved_does_not_run_after_the_way_back(queues):
    queues[ALONE.redis] += [("an old mail", "text")]

    waiting_jobs.queue_again(ELSEWHERE, ALONE, "db")

    assert queues[ALONE.redis] == ["an export"]


def test_an_old_redis_that_is_away_does_not_matter(queues, monkeypatch, caplog):
    def fails(_client):
        raise StoreUnavailableError("redis", LookupError("away"))

    monkeypatch.setattr(waiting_jobs.queue, "empty", fails)

    waiting_jobs.forget(ALONE)

    assert "still queued at the old place: redis does not answer: away" in caplog.text
