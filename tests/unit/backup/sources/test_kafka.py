from types import SimpleNamespace

import pytest
from kafka import TopicPartition
from kafka.errors import KafkaTimeoutError

from backup.errors import BackupError
from backup.sources import kafka as source
from backup.sources import kafka_backlog
from qlines.clients.kafka import Position, Record
from qlines.clients.kafka_topic import Topic
from qlines.errors import StoreUnavailableError
from qlines.init.stores import TOPIC_CONFIGS
from qlines.settings import Settings
from qlines.writer.rewind import parse

PART = TopicPartition("telemetry", 0)
SETTINGS = Settings.from_env({"QLINES_DATA_DIR": "/nowhere"})


class Broker:
    """A Kafka in memory, whose topic has one partition; it is its own consumer and producer."""

    def __init__(self):
        self.cluster, self.configs = "cluster 1", dict(TOPIC_CONFIGS)
        self.first, self.committed, self.note = 0, None, ""
        self.log = []
        self.position, self.is_paused = 0, False
        self.is_silent = self.is_refusing = False

    @property
    def end(self):
        return self.first + len(self.log)

    def assignment(self):
        return {PART}

    def pause(self, *parts):
        self.is_paused = self.is_paused or PART in parts

    def send(self, _topic, *, value, headers, partition, timestamp_ms):
        assert partition == 0
        if not self.is_refusing:
            self.log.append((value, headers, timestamp_ms))
        return SimpleNamespace(get=self._acknowledge)

    def _acknowledge(self, timeout):
        if self.is_refusing:
            raise KafkaTimeoutError("refused")

    def flush(self, timeout):
        pass

    def close(self):
        pass

    def fetch(self, consumer, timeout_ms):
        if self.is_silent or self.is_paused:
            return []
        at = max(self.position, self.first)
        found = self.log[at - self.first : at - self.first + 2]
        self.position = at + len(found)
        return [
            Record(PART, at + index, written_ms, value, headers)
            for index, (value, headers, written_ms) in enumerate(found)
        ]


@pytest.fixture
def broker(monkeypatch):
    broker = Broker()

    def seek(_consumer, offsets):
        broker.position, broker.is_paused = offsets.get(PART, 0), not offsets

    def commit(_consumer, offsets, notes):
        broker.committed, broker.note = offsets[PART], notes[PART]

    def find(_consumer):
        return {PART: Position(broker.first, broker.end, broker.committed, broker.note)}

    topic, client = source.kafka_topic, source.kafka
    monkeypatch.setattr(topic, "describe", lambda *_: Topic(broker.cluster, 1, broker.configs))
    monkeypatch.setattr(topic, "configure", lambda *_: broker.configs.update(_[-1]))
    monkeypatch.setattr(topic, "ensure", lambda *_, **__: False)
    monkeypatch.setattr(client, "consumer", lambda *_, **__: broker)
    monkeypatch.setattr(client, "producer", lambda *_: broker)
    monkeypatch.setattr(client, "positions", find)
    monkeypatch.setattr(client, "seek", seek)
    monkeypatch.setattr(client, "commit", commit)
    monkeypatch.setattr(client, "fetch", broker.fetch)
    return broker


def publish(broker, *values):
    broker.log += [(value, [("version", b"1")], 1_800_000_000_000) for value in values]


def values(folder):
    return [record.value for record in kafka_backlog.read(folder)]


@pytest.fixture
def dumped(broker, tmp_path):
    """Dump three records, of which ClickHouse has the first."""
    publish(broker, b"stored", b"waits", b"waits too")
    broker.committed = 1
    source.note_offsets(SETTINGS, tmp_path)
    source.dump(SETTINGS, tmp_path)
    return tmp_path


def test_the_backlog_is_what_the_writer_had_not_committed_before_clickhouses_dump(broker, tmp_path):
    publish(broker, b"stored", b"waits")
    broker.committed = 1
    assert source.note_offsets(SETTINGS, tmp_path) == {}
    publish(broker, b"came later")
    broker.committed = 3

    assert source.dump(SETTINGS, tmp_path) == {"backlog records": 2}
    assert values(tmp_path) == [b"waits", b"came later"]


def test_without_a_backlog_nothing_is_fetched(broker, tmp_path):
    publish(broker, b"stored")
    broker.committed, broker.is_silent = 1, True
    source.note_offsets(SETTINGS, tmp_path)

    assert source.dump(SETTINGS, tmp_path) == {"backlog records": 0}


def test_records_that_kafka_deleted_since_then_fail_the_dump(broker, tmp_path):
    publish(broker, b"stored", b"waits", b"waits too")
    broker.committed = 1
    source.note_offsets(SETTINGS, tmp_path)
    del broker.log[:2]
    broker.first = 2

    with pytest.raises(BackupError, match="Kafka deleted records of partition 0"):
        source.dump(SETTINGS, tmp_path)


def test_a_kafka_that_returns_no_more_records_is_an_outage(broker, tmp_path):
    publish(broker, b"waits")
    broker.is_silent = True
    source.note_offsets(SETTINGS, tmp_path)

    with pytest.raises(StoreUnavailableError, match="returns no more of its records"):
        source.dump(SETTINGS, tmp_path)


def test_the_writer_reads_again_what_kafka_still_has(broker, dumped):
    publish(broker, b"came later")
    broker.committed = 4

    assert source.restore(SETTINGS, dumped) == {"backlog records": 2}
    assert broker.committed == 1
    assert broker.end == 4  # nothing is published again


def test_the_note_of_the_commit_is_one_that_the_writer_knows(broker, dumped):
    broker.committed = 3

    source.restore(SETTINGS, dumped)

    note = parse(broker.note)
    assert note is not None
    assert note.safe.offset == 1
    assert note.safe.at > 1_700_000_000


def test_another_kafka_gets_the_backlog_again(broker, dumped):
    broker.cluster, broker.log, broker.committed = "cluster 2", [], None

    assert source.restore(SETTINGS, dumped) == {"backlog records": 2}
    assert broker.log == [
        (b"waits", [("version", b"1")], 1_800_000_000_000),
        (b"waits too", [("version", b"1")], 1_800_000_000_000),
    ]
    assert broker.committed is None


def test_a_second_run_rewinds_no_further(broker, dumped):
    broker.committed = 3
    source.restore(SETTINGS, dumped)
    first_note = broker.note

    source.restore(SETTINGS, dumped)

    assert (broker.committed, broker.note) == (1, first_note)


def test_the_topic_gets_the_settings_it_had(broker, tmp_path):
    broker.configs["retention.bytes"] = "12345"
    source.note_offsets(SETTINGS, tmp_path)
    source.dump(SETTINGS, tmp_path)
    broker.configs = dict(TOPIC_CONFIGS)

    source.restore(SETTINGS, tmp_path)

    assert broker.configs["retention.bytes"] == "12345"


def test_a_record_that_kafka_does_not_take_is_an_outage(broker, dumped):
    broker.cluster, broker.is_refusing = "cluster 2", True

    with pytest.raises(StoreUnavailableError):
        source.restore(SETTINGS, dumped)


def test_a_large_backlog_is_published_piece_by_piece(broker, dumped, monkeypatch):
    broker.cluster = "cluster 2"
    flushes = []
    monkeypatch.setattr(source, "FLUSH_BYTES", 4)
    monkeypatch.setattr(broker, "flush", lambda timeout: flushes.append(broker.end))

    source.restore(SETTINGS, dumped)

    assert flushes == [4, 5, 5]
