from pathlib import Path
from typing import NamedTuple

import orjson
import pytest
from kafka.errors import KafkaTimeoutError, NotLeaderForPartitionError

from qlines.clock import FakeClock
from qlines.errors import BackPressureError, StoreUnavailableError
from qlines.ingest.backlog import Backlog
from qlines.ingest.disk_reserve import DiskReserve
from qlines.ingest.publisher import KafkaPublisher
from qlines.reading import Reading
from qlines.spool.disk_lines import DiskSpace
from qlines.telemetry_record import partition_of

READINGS = [Reading("d", "o", 1, {"a": 1})]


class Acknowledged(NamedTuple):
    partition: int
    offset: int


class ProducerInMemory:
    def __init__(self):
        self.sent, self.is_away, self.failure, self.room = [], False, None, 1_000
        self.partitions, self.sent_to = {0}, []

    def partitions_for(self, topic):
        return self.partitions

    def send(self, topic, *, value, headers, partition):
        if len(self.sent) == self.room:
            raise KafkaTimeoutError("the buffer is full, or no leader is known")
        self.sent_to.append(partition)
        self.sent.append((topic, orjson.loads(value), dict(headers)))
        return self

    def flush(self, timeout):
        if self.is_away:
            raise KafkaTimeoutError("not yet")

    def get(self, timeout):
        if self.failure:
            raise self.failure
        return Acknowledged(partition=0, offset=len(self.sent) - 1)


def publisher_to(producer, records_not_stored=0, note_ends=dict):
    backlog = Backlog(lambda: records_not_stored, FakeClock())
    return KafkaPublisher(producer, backlog, reserve(), note_ends)


def reserve(free_bytes=10**12):
    disk = DiskSpace(10**12, free_bytes)
    return DiskReserve(Path("/data"), 90, FakeClock(), measure=lambda _folder: disk)


def test_it_publishes_the_readings_with_their_version_and_count():
    producer = ProducerInMemory()

    publisher_to(producer).publish(READINGS)

    assert producer.sent == [
        (
            "telemetry",
            [{"device": "d", "owner": "o", "ts": 1, "values": {"a": 1}}],
            {"version": b"1", "count": b"1"},
        )
    ]


def test_it_sends_each_devices_readings_to_the_partition_of_that_device():
    producer = ProducerInMemory()
    producer.partitions = {0, 1, 2}
    readings = [Reading(f"d{number % 5}", "o", number, {"a": 1}) for number in range(100)]

    publisher_to(producer).publish(readings)

    sent = dict(zip(producer.sent_to, (values for _, values, _ in producer.sent), strict=True))
    assert sent.keys() == producer.partitions
    for partition, values in sent.items():
        assert [item["ts"] for item in values] == [
            r.ts_us for r in readings if partition_of(r.device, 3) == partition
        ]


def test_it_sends_nothing_while_kafka_does_not_know_the_topic():
    producer = ProducerInMemory()

    def fail(_topic):
        raise KafkaTimeoutError("no metadata")

    producer.partitions_for = fail
    with pytest.raises(StoreUnavailableError, match="kafka"):
        publisher_to(producer).publish(READINGS)

    assert producer.sent == []


def test_it_does_not_send_again_what_is_still_in_flight():
    producer = ProducerInMemory()
    publisher = publisher_to(producer)
    producer.is_away = True
    for _ in range(3):
        with pytest.raises(StoreUnavailableError, match="kafka"):
            publisher.publish(READINGS)
    producer.is_away = False

    publisher.publish(READINGS)

    assert len(producer.sent) == 1


def test_it_sends_again_what_kafka_failed_to_store():
    producer = ProducerInMemory()
    publisher = publisher_to(producer)
    producer.failure = NotLeaderForPartitionError()
    with pytest.raises(StoreUnavailableError):
        publisher.publish(READINGS)
    producer.failure = None

    publisher.publish(READINGS)

    assert len(producer.sent) == 2


def test_it_sends_the_whole_batch_again_when_kafka_accepted_half_of_it():
    producer = ProducerInMemory()
    publisher = publisher_to(producer)
    producer.room = 1
    with pytest.raises(StoreUnavailableError):
        publisher.publish(READINGS * 1_000)
    producer.room = 1_000

    publisher.publish(READINGS * 1_000)

    assert [len(readings) for _, readings, _ in producer.sent] == [500, 500, 500]


def test_it_publishes_nothing_while_the_backlog_is_too_large():
    producer = ProducerInMemory()
    backlog = Backlog(lambda: 1_000, FakeClock(), max_bytes=1_000)
    backlog.note_sent(1)

    with pytest.raises(BackPressureError, match="new messages stay in the spool"):
        KafkaPublisher(producer, backlog, reserve(), dict).publish(READINGS)

    assert producer.sent == []


def test_it_tells_where_the_log_ends_once_kafka_has_acknowledged():
    producer, noted = ProducerInMemory(), []
    publisher = publisher_to(producer, note_ends=lambda ends: noted.append(dict(ends)))

    publisher.publish(READINGS)
    publisher.publish(READINGS)

    assert noted == [{0: 1}, {0: 2}]


def test_it_tells_the_highest_end_when_kafka_stored_the_records_in_another_order():
    producer, noted = ProducerInMemory(), []
    offsets = iter([7, 9, 8])
    producer.get = lambda timeout: Acknowledged(partition=0, offset=next(offsets))

    publisher_to(producer, note_ends=noted.append).publish(READINGS * 1_500)

    assert noted == [{0: 10}]


def test_it_publishes_nothing_while_the_disk_has_no_room_for_the_stores():
    producer = ProducerInMemory()
    publisher = KafkaPublisher(producer, Backlog(lambda: 0, FakeClock()), reserve(200 << 20), dict)

    with pytest.raises(BackPressureError, match="200 MB of the disk are free") as refused:
        publisher.publish(READINGS)

    assert refused.value.waiting_for == "disk"
    assert producer.sent == []
