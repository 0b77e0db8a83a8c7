"""Kafka's backlog and offsets, with the image's broker."""

import pytest
from kafka import KafkaAdminClient
from kafka.admin import ConfigResource, ConfigResourceType

from backup.sources import kafka as source
from backup.sources import kafka_backlog, kafka_offsets
from qlines.clients import kafka, kafka_topic
from qlines.errors import StoreUnavailableError
from qlines.init.stores import TOPIC_CONFIGS, prepare_kafka
from qlines.settings import Settings
from qlines.telemetry_record import TOPIC, WRITER_GROUP
from qlines.writer.rewind import CommitNote, SafeCommit, parse
from tests.harness import daemon
from tests.harness.deadline import PATIENCE, eventually
from tests.harness.docker import ROOT
from tests.harness.ready_stores import is_done

HEADERS = [("version", b"1"), ("count", b"1")]


@pytest.fixture(scope="module")
def broker(image, tmp_path_factory):
    folder = tmp_path_factory.mktemp("kafka")
    with daemon.kafka(image, ROOT / "appliance" / "etc", folder) as running:
        yield running


@pytest.fixture
def settings(broker):
    """Return the settings of a Kafka with our topic, which is empty."""
    settings = Settings.from_env({"QLINES_KAFKA": broker.address, "QLINES_DATA_DIR": "/nowhere"})

    def prepare():
        prepare_kafka(settings)
        kafka_topic.describe(settings.kafka_address, TOPIC)

    eventually(lambda: is_done(prepare), 60, "Kafka has our topic")
    yield settings
    delete_topic(settings)


def delete_topic(settings):
    admin = KafkaAdminClient(bootstrap_servers=settings.kafka)
    admin.delete_topics([TOPIC])
    eventually(lambda: TOPIC not in admin.list_topics(), 30, "the topic is gone")
    admin.close()


def publish(settings, *values):
    producer = kafka.producer(settings.kafka_address)
    for value in values:
        producer.send(TOPIC, value=value, headers=HEADERS)
    producer.flush(timeout=20 * PATIENCE)
    producer.close()


class Writer:
    """Reads and commits as the writer does."""

    def __init__(self, settings):
        self.consumer = kafka.consumer(settings.kafka_address, TOPIC, WRITER_GROUP)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.consumer.close()

    def read(self, count):
        records = []

        def has_all():
            records.extend(kafka.fetch(self.consumer, 500))
            return len(records) >= count

        eventually(has_all, 20, f"{count} records arrive")
        return records

    def commit(self, offset):
        (part,) = self.consumer.assignment()
        note = CommitNote("monday", SafeCommit(offset, 1.0)).to_text()
        kafka.commit(self.consumer, {part: offset}, {part: note})

    @property
    def position(self):
        (position,) = kafka.positions(self.consumer).values()
        return position


@pytest.fixture
def dumped(settings, tmp_path):
    """Dump a topic of five records, of which ClickHouse has two when its dump is made."""
    publish(settings, b"0", b"1", b"2", b"3")
    with Writer(settings) as writer:
        writer.commit(2)
        source.note_offsets(settings, tmp_path)
        writer.commit(4)
    publish(settings, b"4")
    assert source.dump(settings, tmp_path) == {"backlog records": 3}
    return tmp_path


def test_the_backlog_has_the_records_as_they_were(settings, dumped):
    records = list(kafka_backlog.read(dumped))

    assert [(record.offset, record.value) for record in records] == [
        (2, b"2"), (3, b"3"), (4, b"4"),
    ]  # fmt: skip
    assert all(list(record.headers) == HEADERS for record in records)
    assert all(record.written_ms > 1_700_000_000_000 for record in records)


def test_offsets_and_settings_are_noted(settings, dumped):
    offsets = kafka_offsets.from_json((dumped / source.OFFSETS).read_text())

    assert (offsets.partitions[0].begin, offsets.partitions[0].end) == (2, 5)
    assert parse(offsets.partitions[0].note) == CommitNote("monday", SafeCommit(2, 1.0))
    assert len(offsets.topic.cluster) == 22
    assert TOPIC_CONFIGS.items() <= offsets.topic.configs.items()


@pytest.mark.parametrize("times", [1, 2])
def test_the_writer_reads_again_what_the_same_kafka_still_has(settings, dumped, times):
    publish(settings, b"5")
    with Writer(settings) as writer:
        writer.commit(6)

    for _ in range(times):
        assert source.restore(settings, dumped) == {"backlog records": 3}

    with Writer(settings) as writer:
        assert writer.position.committed == 2
        assert parse(writer.position.note).safe.offset == 2
        assert [record.value for record in writer.read(4)] == [b"2", b"3", b"4", b"5"]


def test_a_kafka_without_the_topic_gets_it_with_the_backlog(settings, dumped):
    written_ms = [record.written_ms for record in kafka_backlog.read(dumped)]
    delete_topic(settings)

    assert source.restore(settings, dumped) == {"backlog records": 3}

    topic = kafka_topic.describe(settings.kafka_address, TOPIC)
    assert TOPIC_CONFIGS.items() <= topic.configs.items()
    with Writer(settings) as writer:
        records = writer.read(3)
    assert [record.value for record in records] == [b"2", b"3", b"4"]
    assert [record.written_ms for record in records] == written_ms
    assert [list(record.headers) for record in records] == [HEADERS] * 3


def test_another_kafka_is_read_from_its_beginning_and_gets_the_backlog(settings, dumped):
    file = dumped / source.OFFSETS
    offsets = kafka_offsets.from_json(file.read_text())
    other = offsets._replace(topic=offsets.topic._replace(cluster="another cluster"))
    file.write_text(kafka_offsets.to_json(other))

    assert source.restore(settings, dumped) == {"backlog records": 3}

    with Writer(settings) as writer:
        assert [record.value for record in writer.read(8)] == [
            b"0", b"1", b"2", b"3", b"4", b"2", b"3", b"4",
        ]  # fmt: skip


def test_the_topic_gets_the_settings_that_an_operator_had_changed(settings, tmp_path):
    kafka_topic.configure(settings.kafka_address, TOPIC, {"retention.bytes": "123456789"})
    source.note_offsets(settings, tmp_path)
    source.dump(settings, tmp_path)
    kafka_topic.configure(settings.kafka_address, TOPIC, {"retention.bytes": "987654321"})

    source.restore(settings, tmp_path)

    assert retention_bytes(settings) == "123456789"


def retention_bytes(settings):
    admin = KafkaAdminClient(bootstrap_servers=settings.kafka)
    found = admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, TOPIC)])
    admin.close()
    return found["topic"][TOPIC]["retention.bytes"]["value"]


def test_a_backlog_that_is_larger_than_a_fetch_comes_back_whole(settings, tmp_path):
    values = [b"%06d" % number + b"x" * 200_000 for number in range(100)]
    publish(settings, *values)
    source.note_offsets(settings, tmp_path)

    assert source.dump(settings, tmp_path) == {"backlog records": 100}
    delete_topic(settings)
    assert source.restore(settings, tmp_path) == {"backlog records": 100}

    with Writer(settings) as writer:
        assert [record.value for record in writer.read(100)] == values


def test_without_a_topic_there_is_nothing_to_back_up_yet(settings, tmp_path):
    delete_topic(settings)

    with pytest.raises(StoreUnavailableError):
        source.note_offsets(settings, tmp_path)

    prepare_kafka(settings)
