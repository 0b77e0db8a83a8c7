import orjson
import pytest
from kafka import TopicPartition

from qlines.clients.kafka import Record
from qlines.clients.kafka_consumers import AssignmentChangedError
from qlines.clock import FakeClock
from qlines.heartbeat import Heartbeat
from qlines.live import records as module
from qlines.live.loop import Live
from qlines.live.records import SEEK_BACK_AFTER_CHANGE_MS, SEEK_BACK_MS, WatchedRecords
from qlines.reading import Reading

HEADERS = [("version", b"1")]


class Stage:
    """A Kafka with two partitions, a Redis and watchers in memory around live."""

    def __init__(self, folder, monkeypatch, peer=None):
        self.clock = FakeClock()
        self.devices, self.published = frozenset(), []
        self.partitions = {0: [], 1: []}
        self.positions = {0: 0, 1: 0}
        self.fetches, self.sought_ms, self.changes, self.stays = 0, [], [], 0
        monkeypatch.setattr(module.kafka, "fetch", self._fetch)
        monkeypatch.setattr(module.kafka, "seek_to_time", self._seek_to_time)
        monkeypatch.setattr(module.kafka, "stay", self._stay)
        self.live = Live(
            WatchedRecords(None, self.clock),
            self,
            self,
            heartbeat=Heartbeat(folder, "live", self.clock),
            clock=self.clock,
            peer=peer,
        )

    def refresh(self):
        pass

    def wait(self, seconds):
        self.clock.advance(seconds)

    def publish(self, channel, text):
        self.published.append(orjson.loads(text))

    def send(self, device, number, partition=0):
        value = [{"device": device, "owner": "o", "ts": 1_000 * number, "values": {"a": number}}]
        self.add(orjson.dumps(value), partition=partition)

    def add(self, value, headers=HEADERS, partition=0):
        records = self.partitions[partition]
        records.append(
            Record(TopicPartition("telemetry", partition), len(records), 0, value, headers)
        )

    def _fetch(self, _consumer, _timeout_ms, _max_records):
        self.fetches += 1
        if self.changes:
            raise self.changes.pop()
        fetched = [
            record
            for partition, records in self.partitions.items()
            for record in records[self.positions[partition] :]
        ]
        self.positions = {partition: len(records) for partition, records in self.partitions.items()}
        return fetched

    def _stay(self, _consumer):
        self.stays += 1

    def _seek_to_time(self, _consumer, time_ms):
        """Seek to the beginning: every record is that young here."""
        self.sought_ms.append(time_ms)
        self.positions = dict.fromkeys(self.partitions, 0)

    def published_to(self, room):
        """Return the values of the key a that a room got, in order."""
        return [
            value
            for message in self.published
            if message["room"] == room
            for event in message["data"]
            for _ts, value in event["values"]["a"]
        ]


@pytest.fixture
def stage(tmp_path, monkeypatch):
    return Stage(tmp_path, monkeypatch)


def test_it_fetches_nothing_while_no_device_is_watched(stage):
    stage.send("d1", 1)

    stage.live.run_once()

    assert stage.fetches == 0


def test_a_new_watcher_gets_what_came_in_a_moment_before(stage):
    stage.send("d1", 1)
    stage.devices = frozenset({"d1"})

    stage.live.run_once()

    assert stage.sought_ms == [stage.clock.now_us() // 1000 - SEEK_BACK_MS]
    assert stage.published_to("device:d1") == [1]


def test_it_seeks_back_once_for_a_watcher(stage):
    stage.devices = frozenset({"d1"})
    stage.live.run_once()
    stage.live.run_once()

    assert len(stage.sought_ms) == 1


def test_no_browser_gets_a_reading_twice_when_it_seeks_back_for_another(stage):
    stage.devices = frozenset({"d1"})
    stage.send("d1", 1)
    stage.send("d2", 2)
    stage.live.run_once()
    stage.devices = frozenset({"d1", "d2"})
    stage.send("d1", 3)
    stage.clock.advance(1)

    stage.live.run_once()

    assert stage.published_to("device:d1") == [1, 3]
    assert stage.published_to("device:d2") == [2]


def test_a_new_record_of_one_partition_does_not_end_the_replay_of_another(stage):
    stage.devices = frozenset({"d1"})
    stage.send("d1", 1, partition=0)
    stage.send("d2", 2, partition=1)
    stage.live.run_once()
    stage.devices = frozenset({"d1", "d2"})
    stage.send("d1", 3, partition=0)
    stage.send("d2", 4, partition=1)
    stage.clock.advance(1)

    stage.live.run_once()

    assert stage.published_to("device:d1") == [1, 3]
    assert stage.published_to("device:d2") == [2, 4]


def test_a_second_newcomer_does_not_replay_for_the_first(stage):
    stage.devices = frozenset({"d1"})
    stage.send("d1", 1, partition=0)
    stage.send("d2", 2, partition=1)
    stage.live.run_once()
    stage.devices = frozenset({"d1", "d2"})
    stage.send("d2", 3, partition=1)
    stage.clock.advance(1)
    stage.live.run_once()
    stage.devices = frozenset({"d1", "d2", "d3"})
    stage.send("d3", 4, partition=0)
    stage.clock.advance(1)

    stage.live.run_once()

    assert stage.published_to("device:d2") == [2, 3]
    assert stage.published_to("device:d3") == [4]


def test_it_publishes_watched_devices_only(stage):
    stage.devices = frozenset({"d1"})
    stage.live.run_once()
    stage.send("d1", 1)
    stage.send("d2", 2)

    stage.live.run_once()

    assert [message["room"] for message in stage.published] == ["device:d1"]


def test_it_counts_and_skips_records_that_it_cannot_read(stage):
    stage.devices = frozenset({"d1"})
    stage.live.run_once()
    stage.add(b"d1 is not JSON")
    stage.add(b"[]", headers=[("version", b"9")])
    stage.add(None)
    stage.send("d1", 3)

    stage.live.run_once()

    assert stage.live.counters["invalid_records"] == 2
    assert stage.published_to("device:d1") == [3]


def test_a_node_that_nobody_watches_remains_in_its_group(stage):
    stage.live.run_once()
    stage.devices = frozenset({"d1"})
    stage.live.run_once()

    assert stage.stays == 1


def test_after_a_change_of_partitions_it_reads_what_the_lost_node_may_have_left(stage):
    stage.devices = frozenset({"d1"})
    stage.send("d1", 1)
    stage.live.run_once()
    stage.clock.advance(1)
    stage.changes.append(AssignmentChangedError("reading of the group's partitions: 0, 1"))
    stage.send("d1", 2, partition=1)

    stage.live.run_once()
    assert stage.published_to("device:d1") == [1]
    stage.live.run_once()

    assert stage.sought_ms[1:] == [stage.clock.now_us() // 1000 - SEEK_BACK_AFTER_CHANGE_MS]
    assert stage.published_to("device:d1") == [1, 2]


class Feed:
    """A twin whose readings are there already."""

    def __init__(self):
        self.readings, self.watched, self.invalid_records = [], [], 0

    def watch(self, devices):
        self.watched.append(devices)

    def take(self):
        taken, self.readings = self.readings, []
        return taken


def test_the_twins_readings_of_watched_devices_are_published_too(tmp_path, monkeypatch):
    feed = Feed()
    stage = Stage(tmp_path, monkeypatch, feed)
    stage.devices = frozenset({"d1"})
    stage.send("d1", 1)
    feed.readings = [Reading("d1", "o", 2_000, {"a": 2}), Reading("d2", "o", 3_000, {"a": 3})]

    stage.live.run_once()

    assert stage.published_to("device:d1") == [1, 2]
    assert stage.published_to("device:d2") == []
    assert feed.watched == [frozenset({"d1"})]
