from contextlib import contextmanager
from types import SimpleNamespace

import pytest
from kafka import TopicPartition

from qlines.clients.kafka import Position
from qlines.clock import FakeClock
from qlines.store import part_list
from qlines.store.part_list import Part, StartState
from qlines.writer import recovery
from qlines.writer.rewind import CommitNote, SafeCommit, parse

PART = TopicPartition("telemetry", 0)
NOW_US = 1_800_000_000_000_000
NEW, WELL = Part("points", "20261123_2_2_0", 2_000.0), Part("points", "20261123_1_1_0", 1_990.0)


class Stage:
    """A Kafka and a ClickHouse in memory: *active* parts, of which some are *unreadable*."""

    def __init__(self, folder, monkeypatch):
        self.folder = folder
        self.active, self.unreadable, self.set_aside = [], [], []
        self.merged_into = {}
        self.commits, self.seeks, self.notes = [], [], []
        note = CommitNote("monday", SafeCommit(700, 1_980.0)).to_text()
        self.position = Position(first=100, end=1_000, committed=950, note=note)
        kafka, parts = recovery.kafka, recovery.parts
        monkeypatch.setattr(kafka, "positions", lambda consumer: {PART: self.position})
        monkeypatch.setattr(kafka, "commit", lambda consumer, *commit: self.commits.append(commit))
        monkeypatch.setattr(kafka, "seek", lambda consumer, offsets: self.seeks.append(offsets))
        monkeypatch.setattr(parts, "active", lambda client: self.active)
        monkeypatch.setattr(parts, "unreadable", lambda client: self.unreadable)
        monkeypatch.setattr(parts, "set_aside", self._set_aside)
        monkeypatch.setattr(
            parts, "attach_detached_tables", lambda client, data_dir: client.append("attached")
        )
        monkeypatch.setattr(
            recovery.clickhouse_migrate, "require_current", lambda client: client.append("checked")
        )

    def find(self, *, is_unclean=True, before=(NEW, WELL)):
        part_list.write_start_state(self.folder, StartState(is_unclean, list(before)))
        return self.find_again()

    def find_again(self):
        pool = SimpleNamespace(client=self._client)
        note = self.notes.append
        return recovery.find_lost_parts(pool, self.folder, self.folder, note=note)

    @contextmanager
    def _client(self):
        self.client = []
        yield self.client

    def _set_aside(self, client, data_dir, part):
        self.set_aside.append(part)
        self.unreadable = [other for other in self.unreadable if other != part]
        self.unreadable += self.merged_into.get(part, [])

    def resume(self, lost=(), boot_id="monday"):
        clock = FakeClock(NOW_US)
        note = self.notes.append
        return recovery.resume(None, list(lost), boot_id=boot_id, clock=clock, note=note)


@pytest.fixture
def stage(tmp_path, monkeypatch):
    return Stage(tmp_path, monkeypatch)


def test_nothing_is_lost_when_clickhouse_has_all_its_parts(stage):
    stage.active = [NEW, WELL]

    assert stage.find() == []
    assert stage.notes == []


def test_a_part_that_clickhouse_dropped_is_lost(stage):
    stage.active = [WELL]

    assert stage.find() == [NEW]
    assert "20261123_2_2_0" in stage.notes[0]


def test_a_part_that_cannot_be_read_is_set_aside(stage):
    stage.active, stage.unreadable = [NEW, WELL], [NEW]

    assert stage.find() == [NEW]
    assert stage.set_aside == [NEW]


def test_what_was_merged_into_an_unreadable_part_is_read_too(stage):
    merged = Part("points", "20261123_1_2_1", 2_010.0)
    stage.active, stage.unreadable, stage.merged_into = [merged], [merged], {merged: [NEW]}

    assert stage.find() == [merged, NEW]
    assert stage.set_aside == [merged, NEW]
    assert set(part_list.read_start_state(stage.folder).parts) == {merged, NEW, WELL}


def test_it_finds_the_same_parts_after_a_kill(stage):
    stage.active, stage.unreadable = [NEW, WELL], [NEW]
    stage.find(before=[WELL])
    stage.active, stage.unreadable = [WELL], []

    assert stage.find_again() == [NEW]


def test_it_attaches_what_a_kill_left_detached_before_it_looks_for_the_views(stage):
    stage.active = [NEW, WELL]

    stage.find()

    assert stage.client == ["attached", "checked"]


def test_it_reads_no_parts_after_a_clean_end(stage):
    stage.active, stage.unreadable = [NEW, WELL], [NEW]

    assert stage.find(is_unclean=False) == []


def test_it_finds_nothing_when_clickhouse_runs_elsewhere(stage):
    assert stage.find_again() == []


def test_it_forgets_the_list_once_the_rows_will_be_read_again(stage):
    stage.find()

    recovery.forget_lost_parts(stage.folder)

    assert stage.find_again() == []


def test_it_resumes_at_the_commit(stage):
    stage.resume()

    assert (stage.commits, stage.seeks, stage.notes) == ([], [{PART: 950}], [])


def test_it_rewinds_and_commits_there(stage):
    stage.resume(lost=[NEW])

    ((offsets, notes),) = stage.commits
    assert offsets == {PART: 700}
    assert parse(notes[PART]) == CommitNote("monday", SafeCommit(700, 1_980.0))
    assert stage.seeks == [{PART: 700}]
    assert "ClickHouse lost new parts" in stage.notes[0]


def test_it_starts_at_the_beginning_the_first_time(stage):
    stage.position = stage.position._replace(committed=None, note="")

    commits = stage.resume()
    commits.commit(None, {PART: 12})

    assert stage.seeks == [{PART: 100}]
    ((offsets, notes),) = stage.commits
    assert offsets == {PART: 12}
    assert parse(notes[PART]) == CommitNote("monday", SafeCommit(0, 0.0))


def test_each_commit_has_the_safe_commit_as_its_note(stage):
    commits = stage.resume(boot_id="tuesday")

    commits.commit(None, {PART: 960})

    assert parse(stage.commits[-1][1][PART]) == CommitNote("tuesday", SafeCommit(700, 1_980.0))
