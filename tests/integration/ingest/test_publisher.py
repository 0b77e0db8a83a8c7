import time
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, TopicPartition
from kafka.admin import NewPartitions

from qlines.addresses.kafka import KafkaAddress
from qlines.clients import kafka, kafka_topic
from qlines.clock import SystemClock
from qlines.errors import StoreUnavailableError
from qlines.ingest.backlog import Backlog
from qlines.ingest.disk_reserve import DiskReserve
from qlines.ingest.publisher import KafkaPublisher
from qlines.reading import Reading
from qlines.telemetry_record import TOPIC, decode, partition_of
from tests.harness import daemon
from tests.harness.deadline import eventually

LARGE = {"max.message.bytes": str(kafka.MAX_BATCH_BYTES)}
ETC = Path(__file__).resolve().parents[3] / "appliance" / "etc"


@pytest.fixture(scope="module")
def broker(image, tmp_path_factory):
    with daemon.kafka(image, ETC, tmp_path_factory.mktemp("kafka")) as running:
        eventually(lambda: _has_topic(running.address), 60, "Kafka answers")
        yield running


def _has_topic(address):
    try:
        kafka_topic.ensure(KafkaAddress(address), TOPIC, LARGE)
    except StoreUnavailableError:
        return False
    return True


@pytest.fixture
def producer(broker):
    producer = kafka.producer(KafkaAddress(broker.address))
    yield producer
    producer.close(timeout=1)


@pytest.fixture
def publisher(producer):
    return publisher_to(producer, TOPIC)


def publisher_to(producer, topic):
    clock = SystemClock()
    backlog, reserve = Backlog(lambda: 0, clock), DiskReserve(Path("/"), 90, clock)
    return KafkaPublisher(producer, backlog, reserve, dict, topic)


@pytest.fixture
def consumer(broker):
    """Return a consumer of the records that the test publishes."""
    consumer = kafka.consumer(KafkaAddress(broker.address), TOPIC, None)
    kafka.seek_to_time(consumer, time.time_ns() // 10**6 + 60_000)  # the end, known from now on
    yield consumer
    consumer.close()


def reading(number, payload=1):
    return Reading("d" * 24, "o" * 24, 1_800_000_000_000_000 + number, {"a": payload})


def is_published(publisher, readings):
    try:
        publisher.publish(readings)
    except StoreUnavailableError:
        return False
    return True


def fetch_records(consumer, readings):
    """Return the records until they hold that many readings."""
    records = []

    def are_all_here():
        records.extend(kafka.fetch(consumer, 500))
        return sum(len(decode(r.value, r.headers)) for r in records) >= readings

    eventually(are_all_here, 10, "the readings arrive")
    return records


def test_readings_arrive_in_order_in_records_that_consumers_can_decode(publisher, consumer):
    readings = [reading(number) for number in range(1_200)]

    publisher.publish(readings)

    records = fetch_records(consumer, 1_200)
    assert [dict(record.headers)["count"] for record in records] == [b"500", b"500", b"200"]
    assert [r for record in records for r in decode(record.value, record.headers)] == readings


def test_the_largest_reading_arrives(publisher, consumer):
    large = reading(1, payload="x" * 2 * 1024 * 1024)

    publisher.publish([large])

    (record,) = fetch_records(consumer, 1)
    assert decode(record.value, record.headers) == [large]


def test_a_topic_of_several_partitions_keeps_the_readings_of_each_device_in_order(broker, producer):
    address, topic = KafkaAddress(broker.address), "telemetry-of-three"
    kafka_topic.ensure(address, topic, LARGE, partitions=3)
    readings = [Reading(f"{n % 10:024x}", "o" * 24, n, {"a": n}) for n in range(1_000)]
    consumer = kafka.consumer(address, topic, "reader")

    publisher_to(producer, topic).publish(readings)

    records = fetch_records(consumer, 1_000)
    consumer.close()
    assert {record.partition.partition for record in records} == {0, 1, 2}
    for number in range(3):
        of_partition = [
            item
            for record in records
            if record.partition.partition == number
            for item in decode(record.value, record.headers)
        ]
        assert of_partition == [r for r in readings if partition_of(r.device, 3) == number]


@pytest.mark.long  # half a minute of waiting
def test_partitions_that_are_added_get_their_devices_within_half_a_minute(broker, producer):
    address, topic = KafkaAddress(broker.address), "telemetry-that-grows"
    kafka_topic.ensure(address, topic, LARGE, partitions=1)
    publisher = publisher_to(producer, topic)
    readings = [Reading(f"{n:024x}", "o" * 24, n, {"a": n}) for n in range(100)]
    publisher.publish(readings)
    admin = KafkaAdminClient(bootstrap_servers=address.servers)
    admin.create_partitions({topic: NewPartitions(total_count=3)})
    admin.close()
    consumer = kafka.consumer(address, topic, "reader")

    def are_all_used():
        publisher.publish(readings)
        ends = consumer.end_offsets([TopicPartition(topic, number) for number in range(3)])
        return all(ends.values())

    # The producer asks for the partitions every 30 s.
    eventually(are_all_used, 40, "all partitions get records", pause_seconds=1)
    consumer.close()


def test_readings_count_as_published_only_once_kafka_has_them(publisher, consumer):
    publisher.publish([reading(1)])

    partition = TopicPartition(TOPIC, 0)
    assert consumer.end_offsets([partition])[partition] > consumer.position(partition)


def test_a_batch_published_while_the_broker_is_frozen_arrives_once_it_thaws(
    broker, publisher, consumer
):
    batch = [reading(number) for number in range(10)]
    publisher.publish([reading(100)])
    fetch_records(consumer, 1)

    broker.freeze()
    refusals = [is_published(publisher, batch) for _ in range(3)]
    broker.thaw()

    assert refusals == [False, False, False]
    eventually(lambda: is_published(publisher, batch), 10, "the batch is published")
    (record,) = fetch_records(consumer, 10)
    assert decode(record.value, record.headers) == batch
