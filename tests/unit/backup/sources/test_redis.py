"""The file of jobs, and what is left out of them; tests/integration/backup has a real Redis."""

import json

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import ResponseError
from rq import Queue
from rq.job import JobStatus

from backup.errors import BackupError
from backup.sources import redis
from backup.sources.redis import ENDED, OF_A_RUN, StoredJob, fresh, read_file, to_line
from qlines.errors import StoreUnavailableError
from qlines.jobs.queue import QUEUE
from qlines.settings import Settings

JOB = StoredJob("export-1", "scheduled", 1_700_000_000.0, {"data": b"\x00\xff", "origin": b"app1"})


class FailingRedis:
    """A Redis whose commands all raise *error*."""

    def __init__(self, error):
        self.error = error
        self.is_closed = False

    def pipeline(self, transaction):
        raise self.error

    def close(self):
        self.is_closed = True


@pytest.fixture
def settings():
    return Settings.from_env({"QLINES_DATA_DIR": "/nowhere"})


def test_a_job_is_one_line_of_json_with_its_bytes_in_base64():
    line = to_line(JOB)

    assert line.endswith("\n")
    assert json.loads(line) == {
        "id": "export-1",
        "state": "scheduled",
        "at": 1_700_000_000.0,
        "fields": {"data": "AP8=", "origin": "YXBwMQ=="},
    }


def test_jobs_are_read_as_they_were_written(tmp_path):
    other = JOB._replace(id="export-2", state="queued", at=None)
    (tmp_path / "jobs.jsonl").write_text(to_line(JOB) + to_line(other))

    assert read_file(tmp_path / "jobs.jsonl") == [JOB, other]


def test_an_empty_file_has_no_jobs(tmp_path):
    (tmp_path / "jobs.jsonl").touch()

    assert read_file(tmp_path / "jobs.jsonl") == []


@pytest.mark.parametrize(
    "text", ["{", "[]", "{}", '{"id": "a", "state": "queued", "at": null, "fields": {"data": "!"}}']
)
def test_a_corrupt_line_is_refused(tmp_path, text):
    (tmp_path / "jobs.jsonl").write_text(text + "\n")

    with pytest.raises(BackupError, match=r"jobs\.jsonl is corrupt"):
        read_file(tmp_path / "jobs.jsonl")


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(BackupError, match=r"must hold jobs\.jsonl"):
        read_file(tmp_path / "jobs.jsonl")


def test_a_job_that_had_begun_is_put_back_as_a_new_one():
    run = {"status": b"started", "started_at": b"now", "worker_name": b"rqworker"}

    assert fresh({**JOB.fields, **run}) == {b"data": b"\x00\xff", b"origin": b"app1"}


def test_a_redis_that_is_away_is_an_outage(monkeypatch, settings, tmp_path):
    client = FailingRedis(RedisConnectionError("gone"))
    monkeypatch.setattr(redis, "connect", lambda _url: client)

    with pytest.raises(StoreUnavailableError):
        redis.dump(settings, tmp_path)

    assert client.is_closed


def test_a_command_that_redis_refuses_fails_the_run(monkeypatch, settings, tmp_path):
    client = FailingRedis(ResponseError("NOPERM no permissions"))
    monkeypatch.setattr(redis, "connect", lambda _url: client)

    with pytest.raises(BackupError, match="Redis refused the dump of its jobs: NOPERM"):
        redis.dump(settings, tmp_path)


def test_rq_still_names_its_keys_and_fields_like_this():
    queue = Queue(QUEUE, connection=object())
    keys = [
        queue.key,
        queue.intermediate_queue_key,
        queue.started_job_registry.key,
        queue.ready_job_registry.key,
        queue.scheduled_job_registry.key,
        queue.deferred_job_registry.key,
    ]

    assert keys == [
        "rq:queue:app1",
        "rq:queue:app1:intermediate",
        "rq:wip:app1",
        "rq:ready:app1",
        "rq:scheduled:app1",
        "rq:deferred:app1",
    ]
    assert queue.started_job_registry.parse_job_id(b"export-1:e1") == "export-1"
    assert {status.decode() for status in ENDED} < {status.value for status in JobStatus}
    created = queue.create_job("qlines.jobs.export.run", args=("1",)).to_dict()
    assert set(OF_A_RUN) <= set(created)
