import secrets
import time
from pathlib import Path

import pytest
from kafka import TopicPartition

from qlines.clients import kafka
from qlines.errors import StoreUnavailableError
from tests import daemon
from tests.harness.deadline import eventually

ETC = Path(__file__).resolve().parents[3] / "appliance" / "etc"


@pytest.fixture(scope="module")
def broker(image, tmp_path_factory):
    with daemon.kafka(image, ETC, tmp_path_factory.mktemp("kafka")) as running:
        eventually(lambda: _has_topic(running.address, "first"), 60, "Kafka answers")
        yield running


@pytest.fixture
def topic(broker):
    name = f"test-{secrets.token_hex(4)}"
    kafka.ensure_topic(broker.address, name, {"max.message.bytes": str(kafka.MAX_BATCH_BYTES)})
    return name


@pytest.fixture
def producer(broker):
    made = kafka.producer(broker.address)
    yield made
    made.close(timeout=1)


@pytest.fixture
def consume(broker):
    made = []

    def consume(topic, group=None):
        made.append(kafka.consumer(broker.address, topic, group))
        return made[-1]

    yield consume
    for consumer in made:
        consumer.close()


def _has_topic(address, name):
    try:
        kafka.ensure_topic(address, name, {})
    except StoreUnavailableError:
        return False
    return True


def read(consumer, count, seconds=10):
    found = []
    end = time.monotonic() + seconds
    while len(found) < count and time.monotonic() < end:
        found += [record.value for record in kafka.fetch(consumer, 500)]
    return found


def test_a_topic_is_made_once(broker):
    name = f"test-{secrets.token_hex(4)}"

    assert kafka.ensure_topic(broker.address, name, {"retention.ms": "60000"})
    assert not kafka.ensure_topic(broker.address, name, {"retention.ms": "60000"})


def test_records_arrive_with_their_headers(producer, consume, topic):
    headers = [("version", b"1"), ("count", b"2")]
    kafka.send_all(producer, topic, [(b"[1,2]", headers)])

    (record,) = kafka.fetch(consume(topic, "group"), 5_000)

    assert record.value == b"[1,2]"
    assert list(record.headers) == headers


def test_a_record_as_large_as_a_batch_may_be_arrives(producer, consume, topic):
    large = secrets.token_bytes(kafka.MAX_BATCH_BYTES - 1_000)

    kafka.send_all(producer, topic, [(large, [])])

    assert read(consume(topic, "group"), 1) == [large]


def test_a_group_goes_on_after_its_last_commit_without_waiting_for_the_one_before(
    producer, consume, topic
):
    kafka.send_all(producer, topic, [(b"1", []), (b"2", []), (b"3", [])])
    first = consume(topic, "group")
    read(first, 3)
    kafka.commit(first, {TopicPartition(topic, 0): 2})

    started = time.monotonic()
    found = read(consume(topic, "group"), 1)

    assert found == [b"3"]
    assert time.monotonic() - started < 30  # a group member would wait 45 s for its predecessor


def test_without_a_group_only_what_comes_later_is_read(producer, consume, topic):
    kafka.send_all(producer, topic, [(b"before", [])])
    consumer = consume(topic)
    kafka.fetch(consumer, 100)

    kafka.send_all(producer, topic, [(b"after", [])])

    assert read(consumer, 1) == [b"after"]


def test_it_tells_how_many_records_the_group_has_not_committed(producer, consume, topic):
    consumer = consume(topic, "group")
    kafka.send_all(producer, topic, [(b"1", []), (b"2", []), (b"3", [])])
    records = []
    while not records:
        records = kafka.fetch(consumer, 1_000, 1)
    kafka.commit(consumer, {TopicPartition(topic, 0): records[0].offset + 1})

    assert kafka.lag(consume(topic, "group")) == 2


def test_a_topic_that_is_not_there_yet_is_an_outage(broker):
    with pytest.raises(StoreUnavailableError, match="does not exist yet"):
        kafka.consumer(broker.address, "nobody-made-me", "group")


def test_it_goes_on_within_two_seconds_when_a_frozen_broker_does(broker, producer, consume, topic):
    consumer = consume(topic, "group")
    kafka.send_all(producer, topic, [(b"before", [])])
    read(consumer, 1)

    broker.freeze()
    producer.send(topic, value=b"meanwhile")
    time.sleep(12)  # longer than a request may take (10 s), so connections are given up
    broker.thaw()
    thawed = time.monotonic()

    def is_sent():
        try:
            kafka.send_all(producer, topic, [(b"after", [])])
        except StoreUnavailableError:
            return False
        return True

    eventually(is_sent, 10, "the producer goes on")
    found = read(consumer, 2)
    assert b"after" in found
    assert time.monotonic() - thawed < 4


def test_a_consumer_goes_back_to_a_moment(producer, consume, topic):
    reader = consume(topic)
    kafka.send_all(producer, topic, [(b"old", [])])
    moment_ms = a_moment_later()
    kafka.send_all(producer, topic, [(b"young", []), (b"younger", [])])

    kafka.go_back(reader, moment_ms)

    assert read(reader, 2) == [b"young", b"younger"]


def test_a_consumer_that_goes_back_to_a_quiet_moment_misses_nothing_that_follows(
    producer, consume, topic
):
    kafka.send_all(producer, topic, [(b"old", [])])
    reader = consume(topic)

    kafka.go_back(reader, int(time.time() * 1000) + 60_000)
    kafka.send_all(producer, topic, [(b"young", [])])

    assert read(reader, 1) == [b"young"]


def a_moment_later():
    """Return a time that is later than everything that was sent."""
    now_ms = int(time.time() * 1000)
    return eventually(
        lambda: (later := int(time.time() * 1000)) > now_ms and later, 1, "a millisecond passes"
    )
