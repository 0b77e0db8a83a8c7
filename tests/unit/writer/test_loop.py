from types import SimpleNamespace

import orjson
import pytest
from kafka import TopicPartition

from qlines.clock import FakeClock
from qlines.errors import StoreUnavailableError
from qlines.heartbeat import Heartbeat
from qlines.writer import loop as module
from qlines.writer.insert import RefusedError
from qlines.writer.loop import Writer

NOW_US = 1_800_000_000_000_000
PART = TopicPartition("telemetry", 0)


class Stage:
    """A Kafka and a ClickHouse in memory around a writer."""

    def __init__(self, folder, monkeypatch):
        self.folder = folder
        self.clock = FakeClock(NOW_US)
        self.waiting, self.committed, self.stored, self.shown = [], [], [], []
        self.offset = 0
        self.is_clickhouse_away = self.is_kafka_away = False
        monkeypatch.setattr(module.kafka, "fetch", self._fetch)
        monkeypatch.setattr(module.kafka, "commit", self._commit)
        self.begin()

    def begin(self):
        self.writer = Writer(
            None,
            lambda readings: self._insert(self.stored, readings),
            lambda readings: self._insert(self.shown, readings),
            heartbeat=Heartbeat(self.folder, "writer", self.clock),
            clock=self.clock,
        )

    def send(self, *devices, version=b"1"):
        value = [{"device": d, "owner": "o", "ts": 1, "values": {"a": 1}} for d in devices]
        self.waiting.append(
            SimpleNamespace(
                topic="telemetry", partition=0, offset=self.offset, value=orjson.dumps(value),
                headers=[("version", version)], timestamp=self.clock.now_us() // 1000,
            )
        )  # fmt: skip
        self.offset += 1

    def turn(self, seconds=0.1):
        self.writer.turn()
        self.clock.advance(seconds)

    def _fetch(self, _consumer, _timeout_ms, most):
        found, self.waiting = self.waiting[:most], self.waiting[most:]
        return found

    def _commit(self, _consumer, offsets):
        if self.is_kafka_away:
            raise StoreUnavailableError("kafka", OSError("refused"))
        self.committed.append(dict(offsets))

    def _insert(self, table, readings):
        if self.is_clickhouse_away:
            raise StoreUnavailableError("clickhouse", OSError("refused"))
        if any(one.device == "bad" for one in readings):
            raise RefusedError("bad value")
        table.extend(one.device for one in readings)
        return len(readings)


@pytest.fixture
def stage(tmp_path, monkeypatch):
    return Stage(tmp_path, monkeypatch)


def test_it_stores_the_first_readings_at_once_and_commits(stage):
    stage.send("d1", "d2")

    stage.turn()

    assert stage.stored == ["d1", "d2"]
    assert stage.committed == [{PART: 1}]


def test_it_shows_the_next_ones_at_once_and_stores_them_a_second_later(stage):
    stage.send("d1")
    stage.turn()
    stage.send("d2")
    stage.turn()
    assert (stage.stored, stage.shown, stage.committed) == (["d1"], ["d2"], [{PART: 1}])

    stage.clock.advance(1)
    stage.turn()

    assert (stage.stored, stage.committed[-1]) == (["d1", "d2"], {PART: 2})


def test_it_stores_at_once_when_many_points_have_gathered(stage, monkeypatch):
    monkeypatch.setattr("qlines.writer.pace.POINTS_AN_INSERT", 3)
    stage.send("d0")
    stage.turn(0.0)
    stage.send("d1", "d2", "d3")

    stage.turn(0.0)

    assert stage.stored == ["d0", "d1", "d2", "d3"]


def test_it_keeps_what_it_holds_while_clickhouse_is_away(stage):
    stage.is_clickhouse_away = True
    stage.send("d1")
    for _ in range(3):
        with pytest.raises(StoreUnavailableError, match="clickhouse"):
            stage.turn()
    assert stage.committed == []

    stage.is_clickhouse_away = False
    stage.turn()

    assert (stage.stored, stage.committed) == (["d1"], [{PART: 1}])


def test_it_fetches_nothing_more_while_too_much_is_held(stage, monkeypatch):
    monkeypatch.setattr(module, "POINTS_AN_INSERT", 2)
    stage.is_clickhouse_away = True
    stage.send("d1", "d2")
    stage.send("d3")
    monkeypatch.setattr(module, "MOST_RECORDS", 1)
    for _ in range(3):
        with pytest.raises(StoreUnavailableError):
            stage.turn()

    assert len(stage.waiting) == 1


def test_it_commits_later_what_kafka_could_not_take(stage):
    stage.is_kafka_away = True
    stage.send("d1")
    with pytest.raises(StoreUnavailableError, match="kafka"):
        stage.turn()

    stage.is_kafka_away = False
    stage.turn()

    assert (stage.stored, stage.committed) == (["d1"], [{PART: 1}])


def test_it_passes_over_a_damaged_record(stage):
    stage.send("d1", version=b"9")
    stage.send("d2")

    stage.turn()

    assert (stage.stored, stage.committed) == (["d2"], [{PART: 2}])
    assert stage.writer.counters["damaged_records"] == 1


def test_it_passes_over_nothing_but_a_damaged_record(stage):
    stage.send("d1", version=b"9")

    stage.turn()

    assert stage.committed == [{PART: 1}]


def test_it_leaves_out_the_reading_that_clickhouse_refuses(stage):
    stage.send("d1", "bad", "d2")

    stage.turn()

    assert (stage.stored, stage.committed) == (["d1", "d2"], [{PART: 1}])
    assert stage.writer.counters["refused_readings"] == 1
    assert stage.writer.counters["readings"] == 2


def test_it_stores_a_great_deal_in_slices(stage, monkeypatch):
    monkeypatch.setattr(module, "POINTS_AN_INSERT", 2)
    stage.send("d1", "d2", "d3", "d4", "d5")

    stage.turn()

    assert stage.stored == ["d1", "d2", "d3", "d4", "d5"]
    assert stage.writer.counters["inserts"] == 3


def test_it_tells_how_far_behind_what_it_stored_was(stage):
    stage.send("d1")
    stage.clock.advance(2.5)
    stage.turn()
    assert (stage.folder / "lag" / "writer").read_text() == "2500\n"

    stage.clock.advance(1)
    stage.turn()
    assert (stage.folder / "lag" / "writer").read_text() == "0\n"


def test_it_stores_what_is_held_when_it_is_stopped(stage):
    stage.send("d1")
    stage.turn()
    stage.send("d2")
    stage.turn()

    stage.writer.close()

    assert (stage.stored, stage.committed[-1]) == (["d1", "d2"], {PART: 2})
