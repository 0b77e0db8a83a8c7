import pytest
from kafka import TopicPartition

from qlines import catch_up_record
from qlines.clients.kafka import Position
from qlines.clock import FakeClock
from qlines.errors import StoreUnavailableError
from qlines.store.part_list import Part
from qlines.writer import peer_recovery
from qlines.writer.peer_mark import Mark
from qlines.writer.peer_recovery import PeerRecovery
from qlines.writer.rewind import parse

PART = TopicPartition("telemetry", 0)
LOST = Part("points", "20261123_1_1_0", 1_000.0)


class Stage:
    """A twin's Kafka in memory: its *position*, and what was done to it, in order."""

    def __init__(self, folder, monkeypatch):
        self.folder, self.done, self.notes = folder, [], []
        self.position = Position(first=100, end=1_000, committed=None, note="")
        self.epoch, self.is_away = 4, False
        kafka = peer_recovery.kafka
        monkeypatch.setattr(kafka, "epochs", lambda consumer: {PART: self.epoch})
        monkeypatch.setattr(kafka, "positions", lambda consumer: {PART: self.position})
        monkeypatch.setattr(kafka, "seek", lambda consumer, offsets: self.done.append(offsets))
        monkeypatch.setattr(kafka, "commit", self._commit)

    def recovery(self, boot_id="monday"):
        return PeerRecovery(self.folder, boot_id=boot_id, clock=FakeClock(), note=self.notes.append)

    def _commit(self, _consumer, offsets, notes):
        if self.is_away:
            raise StoreUnavailableError("kafka", OSError("refused"))
        self.position = self.position._replace(committed=offsets[PART], note=notes[PART])

    @property
    def request(self):
        return catch_up_record.read_request(self.folder)


@pytest.fixture
def stage(tmp_path, monkeypatch):
    return Stage(tmp_path, monkeypatch)


def test_the_first_time_it_commits_the_oldest_record_and_asks_for_the_past(stage):
    stage.recovery().resume(None)

    assert (stage.position.committed, stage.done) == (100, [{PART: 100}])
    assert "has read nothing" in stage.request.reason


def test_it_goes_on_where_it_committed(stage):
    commit = stage.recovery().resume(None)
    commit(None, {PART: 900})
    Mark(stage.folder).write(0.0)
    asked_at = stage.request.at

    recovery = stage.recovery()
    Mark(stage.folder).note({0: 900}, now=0.0)
    recovery = stage.recovery()
    recovery.resume(None)

    assert stage.done[-1] == {PART: 900}
    assert stage.request.at == asked_at


def test_a_restart_of_the_broker_shows_in_the_note_of_the_next_commit(stage):
    stage.recovery().resume(None)
    assert parse(stage.position.note).boot_id == "monday 4"

    stage.epoch = 6
    stage.recovery().resume(None)

    assert parse(stage.position.note).boot_id == "monday 6"
    assert "restarted" in stage.notes[-1]


def test_it_asks_for_what_is_missing_before_a_commit_says_that_nothing_is(stage):
    stage.is_away = True

    with pytest.raises(StoreUnavailableError):
        stage.recovery().resume(None)

    assert stage.request is not None


def test_lost_parts_wait_until_the_twin_answers(stage):
    stage.recovery().resume(None)
    stage.recovery().lost.add([LOST])
    stage.is_away = True
    with pytest.raises(StoreUnavailableError):
        stage.recovery().resume(None)
    assert stage.recovery().lost.read() == [LOST]

    stage.is_away = False
    stage.recovery().resume(None)

    assert stage.recovery().lost.read() == []
    assert stage.request.reason == "ClickHouse lost parts"


def test_a_list_of_lost_parts_that_is_corrupt_may_mean_anything(stage):
    stage.recovery().resume(None)
    (stage.folder / "twin" / "lost-parts.json").write_bytes(b"\0\0")

    stage.recovery().resume(None)

    assert stage.request.reason == "ClickHouse lost parts"
