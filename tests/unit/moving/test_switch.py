from dataclasses import replace

import pytest

from qlines import move_record
from qlines.clock import FakeClock
from qlines.move_record import ABANDONED, COPYING, MOVED, SWITCHING, Record
from qlines.moving import move, switch
from qlines.moving.error import MoveError
from qlines.moving.progress import MoveProgress
from qlines.settings import Settings

ALL = ["kafka", "mongodb", "clickhouse", "redis"]


def elsewhere(settings):
    """Return the settings of a container whose stores run in others."""
    return replace(settings, roles=settings.roles - set(ALL))


class Stage:
    """A switch whose programs and stores only note what they are asked."""

    target_db = source_db = "db"

    def __init__(self, folder, monkeypatch):
        self.calls, self.left, self.stored = [], [3, 0], [False, True]
        self.failure = None
        self.folder, self.clock = folder, FakeClock()
        self.settings = Settings.from_env({"QLINES_DATA_DIR": str(folder)})
        self.source = self.settings
        stage = self

        class Programs:
            def __init__(self, *_arguments):
                pass

            def stop(self, names):
                stage.calls.append(f"stop {' '.join(names)}")

            def start(self, names):
                stage.calls.append(f"start {' '.join(names)}")

        monkeypatch.setattr(switch, "Programs", Programs)
        monkeypatch.setattr(
            move.target, "stop_own", lambda *_: self.calls.append("stop own stores")
        )
        monkeypatch.setattr(switch, "has_stored_all", lambda _settings: self.answer("stored"))
        monkeypatch.setattr(switch.export_files, "copy", lambda *_: ["an export"])
        monkeypatch.setattr(switch.export_files, "note", lambda *_: self.calls.append("exports"))
        monkeypatch.setattr(
            switch.presence, "disconnect_everywhere", lambda *_: self.calls.append("offline")
        )
        monkeypatch.setattr(
            switch.waiting_jobs, "queue_again", lambda *_: self.calls.append("jobs")
        )
        monkeypatch.setattr(
            switch.waiting_jobs,
            "forget",
            lambda _source: self.calls.append(f"forget jobs when {self.record.phase}"),
        )
        self.published = folder / "spool" / "published.json"
        self.published.parent.mkdir()
        self.published.write_text("{}")

    def answer(self, name):
        self.clock.advance(1)
        answers = getattr(self, name)
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def run_once(self):
        return self.answer("left")

    def prove(self):
        if self.failure:
            raise self.failure
        self.calls.append("proven")

    def run(self, moving=ALL, say=lambda _line: None):
        progress = MoveProgress(self.folder, Record(COPYING), say, self.clock)
        switch.Switch(
            self.source, self.settings, moving, followed=self, progress=progress, clock=self.clock
        ).run()

    @property
    def record(self):
        return move_record.read(self.folder)


@pytest.fixture
def stage(tmp_path, monkeypatch):
    return Stage(tmp_path, monkeypatch)


def test_what_writes_is_stopped_and_nothing_starts_again_once_everything_has_moved(stage):
    stage.run()

    assert sorted(stage.calls[: len(switch.HELD)]) == [
        f"stop {name}" for name in sorted(switch.HELD)
    ]
    assert stage.calls[len(switch.HELD) :] == [
        "proven",
        "exports",
        "offline",
        "jobs",
        "forget jobs when moved",
    ]
    assert (stage.record.phase, stage.record.pause_seconds) == (MOVED, 4.0)
    assert not stage.published.exists()


def test_a_kafka_that_stays_keeps_what_was_published_into_it(stage):
    stage.run(["clickhouse"])

    assert stage.published.exists()
    assert stage.calls[len(switch.HELD) :] == ["proven", "offline"]


def test_what_came_into_stores_of_this_container_is_synced_before_it_is_said_to_be_there(
    stage, monkeypatch
):
    monkeypatch.setattr(switch.os, "sync", lambda: stage.calls.append(stage.record.phase))
    stage.source = elsewhere(stage.settings)

    stage.run()

    assert SWITCHING in stage.calls
    assert stage.record.phase == MOVED


@pytest.mark.parametrize("failure", [MoveError("users differ"), KeyboardInterrupt()])
def test_after_a_failure_the_programs_start_again_where_they_were(stage, failure):
    stage.failure = failure

    with pytest.raises(type(failure)):
        stage.run()

    assert stage.calls[-1] == "start ingest rqworker messenger cron gunicorn"
    assert stage.record.phase == COPYING
    assert stage.published.exists()


@pytest.mark.parametrize("phase", [SWITCHING, MOVED])
def test_when_a_step_cannot_be_written_the_programs_start_again(stage, monkeypatch, phase):
    write = move_record.write

    def full_once(folder, record):
        if record.phase == phase:
            raise OSError(28, "No space left on device")
        write(folder, record)

    monkeypatch.setattr(move_record, "write", full_once)

    with pytest.raises(OSError, match="No space left"):
        stage.run()

    assert stage.calls[-1] == "start ingest rqworker messenger cron gunicorn"
    assert stage.record.phase == COPYING


def test_an_operator_who_hangs_up_in_the_first_step_leaves_it_as_it_was(stage):
    def hang_up(_line):
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        stage.run(say=hang_up)

    assert stage.calls == ["start ingest rqworker messenger cron gunicorn"]
    assert stage.record.phase == COPYING


def test_a_writer_that_does_not_store_ends_the_switch(stage):
    stage.stored = [False]

    with pytest.raises(MoveError, match="not so that ClickHouse has what Kafka has"):
        stage.run()

    assert stage.record.phase == COPYING


def test_a_move_that_was_killed_in_the_switch_is_abandoned_with_the_programs_running(stage):
    move_record.write(stage.folder, Record(SWITCHING, copied=7))

    record = move.abandon(stage.settings, stage.clock)

    assert stage.calls == ["start ingest rqworker messenger cron gunicorn", "stop own stores"]
    assert (record.phase, record.copied) == (ABANDONED, 7)
    assert stage.record == record


def test_a_move_that_was_killed_in_the_switch_runs_again_also_when_it_cannot_go_on(
    stage, monkeypatch
):
    def fails(*_arguments):
        raise MoveError("the target cannot be used")

    monkeypatch.setattr(move.os, "nice", lambda _by: None)
    monkeypatch.setattr(move.rules, "stores_to_move", lambda *_, **__: ALL)
    monkeypatch.setattr(move, "_check", fails)
    move_record.write(stage.folder, Record(SWITCHING))

    with pytest.raises(MoveError, match="cannot be used"):
        move.run(stage.settings, stage.settings, say=print, clock=stage.clock)

    assert stage.calls == ["start ingest rqworker messenger cron gunicorn", "stop own stores"]
    assert stage.record.phase == COPYING
