import secrets
import time
from pathlib import Path

import pytest
from kafka import TopicPartition
from kafka.errors import KafkaError

from qlines.addresses.kafka import KafkaAddress
from qlines.clients import kafka, kafka_topic
from qlines.errors import StoreUnavailableError
from tests.harness import daemon
from tests.harness.deadline import PATIENCE, eventually

LARGE = {"max.message.bytes": str(kafka.MAX_BATCH_BYTES)}
ETC = Path(__file__).resolve().parents[3] / "appliance" / "etc"


@pytest.fixture(scope="module")
def broker(image, tmp_path_factory):
    with daemon.kafka(image, ETC, tmp_path_factory.mktemp("kafka")) as running:
        eventually(lambda: _has_topic(running.address, "first"), 60, "Kafka answers")
        yield running


@pytest.fixture
def topic(broker):
    name = f"test-{secrets.token_hex(4)}"
    kafka_topic.ensure(KafkaAddress(broker.address), name, LARGE)
    return name


@pytest.fixture
def producer(broker):
    producer = kafka.producer(KafkaAddress(broker.address))
    yield producer
    producer.close(timeout=1)


@pytest.fixture
def consume(broker):
    consumers = []

    def consume(topic, group=None):
        consumers.append(kafka.consumer(KafkaAddress(broker.address), topic, group))
        return consumers[-1]

    yield consume
    for consumer in consumers:
        consumer.close()


def send(producer, topic, *values, headers=()):
    """Return once Kafka has acknowledged a record for each value."""
    sent = [producer.send(topic, value=value, headers=list(headers)) for value in values]
    producer.flush(timeout=20 * PATIENCE)
    for future in sent:
        future.get(timeout=0)


def _has_topic(address, name):
    try:
        kafka_topic.ensure(KafkaAddress(address), name, {})
    except StoreUnavailableError:
        return False
    return True


def read(consumer, count, seconds=10):
    values = []
    end = time.monotonic() + seconds * PATIENCE
    while len(values) < count and time.monotonic() < end:
        values += [record.value for record in kafka.fetch(consumer, 500)]
    return values


def test_a_topic_is_created_once(broker):
    name = f"test-{secrets.token_hex(4)}"

    assert kafka_topic.ensure(KafkaAddress(broker.address), name, {"retention.ms": "60000"})
    assert not kafka_topic.ensure(KafkaAddress(broker.address), name, {"retention.ms": "60000"})


def test_records_arrive_with_their_headers(producer, consume, topic):
    headers = [("version", b"1"), ("count", b"2")]
    send(producer, topic, b"[1,2]", headers=headers)

    (record,) = kafka.fetch(consume(topic, "group"), round(5_000 * PATIENCE))

    assert record.value == b"[1,2]"
    assert list(record.headers) == headers


def test_the_largest_record_arrives(producer, consume, topic):
    large = secrets.token_bytes(kafka.MAX_BATCH_BYTES - 1_000)

    send(producer, topic, large)

    assert read(consume(topic, "group"), 1) == [large]


def test_a_group_resumes_after_its_last_commit_without_waiting_for_the_session_before(
    producer, consume, topic
):
    send(producer, topic, b"1", b"2", b"3")
    first = consume(topic, "group")
    read(first, 3)
    kafka.commit(first, {TopicPartition(topic, 0): 2})

    second = consume(topic, "group")

    assert read(second, 1) == [b"3"]
    # Only who subscribes becomes a member of the group, and waits 45 s for the one before.
    assert second.subscription() is None


def test_without_a_group_only_later_records_are_read(producer, consume, topic):
    send(producer, topic, b"before")
    consumer = consume(topic)
    kafka.fetch(consumer, 100)

    send(producer, topic, b"after")

    assert read(consumer, 1) == [b"after"]


def test_the_lag_is_what_the_group_has_not_committed(producer, consume, topic):
    consumer = consume(topic, "group")
    send(producer, topic, b"1", b"2", b"3")
    records = []
    while not records:
        records = kafka.fetch(consumer, 1_000, 1)
    kafka.commit(consumer, {TopicPartition(topic, 0): records[0].offset + 1})

    assert kafka.lag(consume(topic, "group")) == 2


def test_a_missing_topic_is_an_outage(broker):
    with pytest.raises(StoreUnavailableError, match="does not exist yet"):
        kafka.consumer(KafkaAddress(broker.address), "never-created", "group")


def test_it_recovers_within_seconds_when_a_frozen_broker_thaws(broker, producer, consume, topic):
    consumer = consume(topic, "group")
    send(producer, topic, b"before")
    read(consumer, 1)

    broker.freeze()
    given_up = producer.send(topic, value=b"while frozen")
    eventually(lambda: given_up.is_done, 30, "the producer gives up its connections and the record")
    broker.thaw()

    eventually(lambda: _is_sent(producer, topic, b"after"), 4, "the producer recovers")
    assert b"after" in read(consumer, 2)


def _is_sent(producer, topic, value):
    try:
        send(producer, topic, value)
    except KafkaError:
        return False
    return True


def test_a_consumer_seeks_to_a_time(producer, consume, topic):
    reader = consume(topic)
    send(producer, topic, b"old")
    moment_ms = a_moment_later()
    send(producer, topic, b"young", b"younger")

    kafka.seek_to_time(reader, moment_ms)

    assert read(reader, 2) == [b"young", b"younger"]


def test_a_consumer_that_seeks_past_the_end_misses_no_later_record(producer, consume, topic):
    send(producer, topic, b"old")
    reader = consume(topic)

    kafka.seek_to_time(reader, int(time.time() * 1000) + 60_000)
    send(producer, topic, b"young")

    assert read(reader, 1) == [b"young"]


def a_moment_later():
    """Return a time that is later than everything that was sent."""
    now_ms = int(time.time() * 1000)
    return eventually(
        lambda: (later := int(time.time() * 1000)) > now_ms and later, 1, "a millisecond passes"
    )
