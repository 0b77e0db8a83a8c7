import orjson
import pytest
from kafka import TopicPartition

from qlines.clients.kafka import Record
from qlines.clock import FakeClock
from qlines.errors import StoreUnavailableError
from qlines.heartbeat import Heartbeat
from qlines.store.readings import SEEN
from qlines.writer import loop as module
from qlines.writer.buffer import Buffer
from qlines.writer.insert import RefusedError
from qlines.writer.loop import Writer

NOW_US = 1_800_000_000_000_000
PART = TopicPartition("telemetry", 0)


class Stage:
    """A Kafka and a ClickHouse in memory around a writer."""

    def __init__(self, folder, monkeypatch):
        self.folder = folder
        self.clock = FakeClock(NOW_US)
        self.records, self.committed, self.points, self.latest = [], [], [], []
        self.seen = {}
        self.offset = 0
        self.is_clickhouse_away = self.is_kafka_away = False
        monkeypatch.setattr(module.kafka, "fetch", self._fetch)
        self.start()

    def start(self, records_per_fetch=16, **limits):
        """Start a writer whose buffer has these limits."""
        self.records_per_fetch = records_per_fetch
        self.writer = Writer(
            None,
            self._commit,
            lambda readings: self._insert(self.points, readings),
            self._insert_latest,
            buffer=Buffer(**limits),
            heartbeat=Heartbeat(self.folder, "writer", self.clock),
            clock=self.clock,
        )

    def send(self, *devices, version=b"1"):
        value = [{"device": d, "owner": "o", "ts": 1, "values": {"a": 1}} for d in devices]
        written_ms = self.clock.now_us() // 1000
        headers = [("version", version)]
        self.records.append(Record(PART, self.offset, written_ms, orjson.dumps(value), headers))
        self.offset += 1

    def run_once(self, seconds=0.1):
        self.writer.run_once()
        self.clock.advance(seconds)

    def _fetch(self, _consumer, _timeout_ms, max_records):
        count = min(max_records, self.records_per_fetch)
        fetched, self.records = self.records[:count], self.records[count:]
        return fetched

    def _commit(self, _consumer, offsets):
        if self.is_kafka_away:
            raise StoreUnavailableError("kafka", OSError("refused"))
        self.committed.append(dict(offsets))

    def _insert_latest(self, readings):
        self.seen |= {one.device: one.ts_us for one in readings if SEEN in one.values}
        return self._insert(self.latest, [one for one in readings if SEEN not in one.values])

    def _insert(self, table, readings):
        if self.is_clickhouse_away:
            raise StoreUnavailableError("clickhouse", OSError("refused"))
        if any(reading.device == "bad" for reading in readings):
            raise RefusedError("bad value")
        table.extend(reading.device for reading in readings)
        return len(readings)


@pytest.fixture
def stage(tmp_path, monkeypatch):
    return Stage(tmp_path, monkeypatch)


def test_it_stores_the_first_readings_at_once_and_commits(stage):
    stage.send("d1", "d2")

    stage.run_once()

    assert stage.points == ["d1", "d2"]
    assert stage.committed == [{PART: 1}]


def test_the_next_readings_go_into_latest_at_once_and_into_points_a_second_later(stage):
    stage.send("d1")
    stage.run_once()
    stage.send("d2")
    stage.run_once()
    assert (stage.points, stage.latest, stage.committed) == (["d1"], ["d2"], [{PART: 1}])

    stage.clock.advance(1)
    stage.run_once()

    assert (stage.points, stage.committed[-1]) == (["d1", "d2"], {PART: 2})


def test_a_device_is_seen_when_its_record_came_whatever_its_own_clock_says(stage):
    stage.send("d1")
    stage.run_once()
    assert stage.seen == {"d1": NOW_US}

    stage.clock.advance(0.5)
    stage.send("d1", "d2")  # each reading is of the microsecond 1
    stage.run_once()

    assert stage.seen == {"d1": NOW_US + 600_000, "d2": NOW_US + 600_000}
    assert stage.latest == ["d1", "d2"]


def test_it_stores_at_once_when_the_buffer_is_full(stage):
    stage.start(max_points=3)
    stage.send("d0")
    stage.run_once(0.0)
    stage.send("d1", "d2", "d3")

    stage.run_once(0.0)

    assert stage.points == ["d0", "d1", "d2", "d3"]


def test_it_retains_the_buffer_while_clickhouse_is_away(stage):
    stage.is_clickhouse_away = True
    stage.send("d1")
    for _ in range(3):
        with pytest.raises(StoreUnavailableError, match="clickhouse"):
            stage.run_once()
    assert stage.committed == []

    stage.is_clickhouse_away = False
    stage.run_once()

    assert (stage.points, stage.committed) == (["d1"], [{PART: 1}])


def test_it_fetches_nothing_while_the_buffer_is_full(stage):
    stage.start(max_points=2, records_per_fetch=1)
    stage.is_clickhouse_away = True
    stage.send("d1", "d2")
    stage.send("d3")
    for _ in range(3):
        with pytest.raises(StoreUnavailableError):
            stage.run_once()

    assert len(stage.records) == 1


def test_it_repeats_a_commit_that_failed(stage):
    stage.is_kafka_away = True
    stage.send("d1")
    with pytest.raises(StoreUnavailableError, match="kafka"):
        stage.run_once()

    stage.is_kafka_away = False
    stage.run_once()

    assert (stage.points, stage.committed) == (["d1"], [{PART: 1}])


def test_it_skips_an_invalid_record(stage):
    stage.send("d1", version=b"9")
    stage.send("d2")

    stage.run_once()

    assert (stage.points, stage.committed) == (["d2"], [{PART: 2}])
    assert stage.writer.counters["invalid_records"] == 1


def test_it_commits_after_an_invalid_record_alone(stage):
    stage.send("d1", version=b"9")

    stage.run_once()

    assert stage.committed == [{PART: 1}]


def test_it_leaves_out_a_reading_that_clickhouse_refuses(stage):
    stage.send("d1", "bad", "d2")

    stage.run_once()

    assert (stage.points, stage.committed) == (["d1", "d2"], [{PART: 1}])
    assert stage.writer.counters["refused_readings"] == 1
    assert stage.writer.counters["readings"] == 2


def test_it_stores_a_large_record_in_slices(stage):
    stage.start(max_points=2)
    stage.send("d1", "d2", "d3", "d4", "d5")

    stage.run_once()

    assert stage.points == ["d1", "d2", "d3", "d4", "d5"]
    assert stage.writer.counters["inserts"] == 3


def test_it_reports_its_lag(stage):
    stage.send("d1")
    stage.clock.advance(2.5)
    stage.run_once()
    assert (stage.folder / "lag" / "writer").read_text() == "2500\n"

    stage.clock.advance(1)
    stage.run_once()
    assert (stage.folder / "lag" / "writer").read_text() == "0\n"


def test_it_stores_the_buffer_when_it_is_stopped(stage):
    stage.send("d1")
    stage.run_once()
    stage.send("d2")
    stage.run_once()

    stage.writer.close()

    assert (stage.points, stage.committed[-1]) == (["d1", "d2"], {PART: 2})
