"""Kafka takes the guard's requests, and deletes what the writer has committed and nothing else."""

from pathlib import Path

import pytest
from kafka import TopicPartition

from healthcheck.disk.kafka import delete_stored_records
from qlines.addresses.kafka import KafkaAddress
from qlines.clients import kafka, kafka_topic
from qlines.errors import StoreUnavailableError
from qlines.telemetry_record import TOPIC, WRITER_GROUP
from tests.harness import daemon
from tests.harness.deadline import PATIENCE, eventually

ETC = Path(__file__).resolve().parents[3] / "appliance" / "etc"
PART = TopicPartition(TOPIC, 0)


@pytest.fixture
def broker(image, tmp_path):
    with daemon.kafka(image, ETC, tmp_path) as running:
        eventually(lambda: has_topic(running.address), 60, "Kafka answers")
        yield running


def has_topic(address):
    try:
        kafka_topic.ensure(KafkaAddress(address), TOPIC, {"segment.bytes": str(1024**2)})
    except StoreUnavailableError:
        return False
    return True


def test_it_deletes_what_is_stored_and_nothing_else(broker):
    producer = kafka.producer(KafkaAddress(broker.address))
    sent = [producer.send(TOPIC, value=b"%d" % number) for number in range(10)]
    producer.flush(timeout=20 * PATIENCE)
    assert all(future.succeeded() for future in sent)
    writer = kafka.consumer(KafkaAddress(broker.address), TOPIC, WRITER_GROUP)

    kafka.commit(writer, {PART: 0})
    delete_stored_records(broker.port)
    assert writer.beginning_offsets([PART]) == {PART: 0}

    kafka.commit(writer, {PART: 7})
    delete_stored_records(broker.port)
    delete_stored_records(broker.port)

    assert writer.beginning_offsets([PART]) == {PART: 7}
    assert writer.end_offsets([PART]) == {PART: 10}
    writer.close()
    producer.close(timeout=1)
