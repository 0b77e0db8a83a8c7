import orjson
import pytest
from kafka.errors import KafkaTimeoutError, NotLeaderForPartitionError

from qlines.clock import FakeClock
from qlines.errors import StoreUnavailableError
from qlines.ingest.backlog import Backlog
from qlines.ingest.outlet import Outlet

READINGS = [{"device": "d", "owner": "o", "ts": 1, "values": {"a": 1}}]


class ProducerInMemory:
    def __init__(self):
        self.sent, self.is_away, self.failure, self.room = [], False, None, 1_000

    def send(self, topic, *, value, headers):
        if len(self.sent) == self.room:
            raise KafkaTimeoutError("no room, or nobody knows the leader")
        self.sent.append((topic, orjson.loads(value), dict(headers)))
        return self

    def flush(self, timeout):
        if self.is_away:
            raise KafkaTimeoutError("not yet")

    def get(self, timeout):
        if self.failure:
            raise self.failure


def outlet_to(producer, records_not_stored=0):
    return Outlet(producer, Backlog(lambda: records_not_stored, FakeClock()))


def test_it_sends_the_readings_with_their_version_and_count():
    producer = ProducerInMemory()

    outlet_to(producer).send(READINGS)

    assert producer.sent == [("telemetry", READINGS, {"version": b"1", "count": b"1"})]


def test_it_does_not_send_again_what_is_still_on_its_way():
    producer = ProducerInMemory()
    outlet = outlet_to(producer)
    producer.is_away = True
    for _ in range(3):
        with pytest.raises(StoreUnavailableError, match="kafka"):
            outlet.send(READINGS)
    producer.is_away = False

    outlet.send(READINGS)

    assert len(producer.sent) == 1


def test_it_sends_again_what_kafka_gave_up():
    producer = ProducerInMemory()
    outlet = outlet_to(producer)
    producer.failure = NotLeaderForPartitionError()
    with pytest.raises(StoreUnavailableError):
        outlet.send(READINGS)
    producer.failure = None

    outlet.send(READINGS)

    assert len(producer.sent) == 2


def test_it_sends_the_whole_batch_again_when_kafka_took_half_of_it():
    producer = ProducerInMemory()
    outlet = outlet_to(producer)
    producer.room = 1
    with pytest.raises(StoreUnavailableError):
        outlet.send(READINGS * 1_000)
    producer.room = 1_000

    outlet.send(READINGS * 1_000)

    assert [len(readings) for _, readings, _ in producer.sent] == [500, 500, 500]


def test_it_holds_back_what_kafka_might_delete_before_it_is_stored():
    producer = ProducerInMemory()
    backlog = Backlog(lambda: 1_000, FakeClock(), most_bytes=1_000)
    backlog.note_sent(1)

    with pytest.raises(StoreUnavailableError, match="the spool keeps what comes in"):
        Outlet(producer, backlog).send(READINGS)

    assert producer.sent == []
