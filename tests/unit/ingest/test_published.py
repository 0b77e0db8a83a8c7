import pytest
from kafka import TopicPartition

from qlines.clients import kafka
from qlines.clients.kafka import Position
from qlines.ingest import published
from qlines.ingest.published import PublishedFile, read, replay_if_shrunk, shrunk
from qlines.spool import segments

PART = TopicPartition("telemetry", 0)


@pytest.fixture
def folder(tmp_path):
    folder = tmp_path / "mqtt"
    folder.mkdir()
    for number in (4, 5):
        segments.path_of(folder, number).write_bytes(b"")
    segments.write_cursor(folder, segments.Position(5, 0))
    return folder


def start(monkeypatch, folder, end, committed=90):
    lowered, notes = [], []
    found = {PART: Position(first=0, end=end, committed=committed, note="")}
    monkeypatch.setattr(published.kafka, "positions", lambda consumer: found)
    monkeypatch.setattr(published.kafka, "lower_commits", lowered.append)
    replay_if_shrunk("the writer's", folder.parent, [folder], notes.append)
    return lowered, notes


def test_what_only_the_members_of_a_group_may_commit_is_left_to_them(folder, monkeypatch):
    def refuse(_consumer):
        raise kafka.GroupHasMembersError("kafka", "several nodes share this group")

    found = Position(first=0, end=80, committed=90, note="")
    monkeypatch.setattr(published.kafka, "positions", lambda consumer: {PART: found})
    monkeypatch.setattr(published.kafka, "lower_commits", refuse)
    PublishedFile(folder.parent).save({0: 100})
    notes = []

    replay_if_shrunk("the writer's", folder.parent, [folder], notes.append)

    assert notes == ["Kafka lost the end of its log: what the spool retains was published again"]
    assert segments.read_cursor(folder) == segments.Position(4, 0)
    assert published.read(folder.parent) == {0: 100}, "the next start looks again"


def test_what_other_nodes_publish_and_commit_meanwhile_is_no_loss(folder, monkeypatch):
    found = iter([Position(0, 80, 90, ""), Position(0, 95, 94, "")])
    monkeypatch.setattr(published.kafka, "positions", lambda consumer: {PART: next(found)})

    replay_if_shrunk("the writer's", folder.parent, [folder], pytest.fail)

    assert segments.read_cursor(folder) == segments.Position(5, 0)


@pytest.mark.parametrize(
    ("recorded", "ends", "expected"),
    [
        ({}, {0: 0}, False),
        ({0: 100}, {0: 100}, False),
        ({0: 100}, {0: 101}, False),
        ({0: 100}, {0: 99}, True),
        ({0: 100}, {}, True),
        ({0: 100, 1: 5}, {0: 100, 1: 4}, True),
    ],
)
def test_a_log_shrank_when_it_ends_before_what_was_recorded(recorded, ends, expected):
    assert shrunk(recorded, ends) is expected


def test_the_ends_are_read_as_they_were_saved(tmp_path):
    PublishedFile(tmp_path).save({0: 7, 1: 9})

    assert read(tmp_path) == {0: 7, 1: 9}


def test_a_restart_keeps_the_ends_of_the_partitions_that_got_no_record_since(tmp_path):
    PublishedFile(tmp_path).save({0: 100, 1: 200, 2: 300})

    PublishedFile(tmp_path).save({0: 110})

    assert read(tmp_path) == {0: 110, 1: 200, 2: 300}


def test_the_highest_end_counts(tmp_path):
    file = PublishedFile(tmp_path)
    file.save({0: 100})

    file.save({0: 90})

    assert read(tmp_path) == {0: 100}


@pytest.mark.parametrize("content", [b"", b"\0\0\0", b"[1]", b'{"a": 1}', b"{", b"\xff"])
def test_a_corrupt_file_records_nothing(tmp_path, content):
    (tmp_path / published.FILE).write_bytes(content)

    assert read(tmp_path) == {}


def test_it_replays_the_spool_when_kafka_lost_records(monkeypatch, folder):
    PublishedFile(folder.parent).save({0: 100})

    lowered, notes = start(monkeypatch, folder, end=95)

    assert segments.read_cursor(folder) == segments.Position(4, 0)
    assert lowered == ["the writer's"]
    assert len(notes) == 1


def test_it_replays_once(monkeypatch, folder):
    PublishedFile(folder.parent).save({0: 100})
    start(monkeypatch, folder, end=95)

    assert start(monkeypatch, folder, end=95) == ([], [])


def test_it_continues_at_the_cursor_otherwise(monkeypatch, folder):
    PublishedFile(folder.parent).save({0: 100})

    assert start(monkeypatch, folder, end=100) == ([], [])
    assert segments.read_cursor(folder) == segments.Position(5, 0)


@pytest.mark.parametrize("content", [b"", b"\0\0\0", b"{"])
def test_without_the_file_a_commit_behind_the_end_tells_that_records_are_lost(
    monkeypatch, folder, content
):
    (folder.parent / published.FILE).write_bytes(content)

    lowered, notes = start(monkeypatch, folder, end=80)

    assert segments.read_cursor(folder) == segments.Position(4, 0)
    assert (lowered, len(notes)) == (["the writer's"], 1)
    assert start(monkeypatch, folder, end=80, committed=80) == ([], [])


def test_a_group_without_a_commit_has_lost_nothing(monkeypatch, folder):
    assert start(monkeypatch, folder, end=0, committed=None) == ([], [])
