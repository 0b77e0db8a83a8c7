import pytest

from qlines.clock import FakeClock
from qlines.errors import StoreUnavailableError
from qlines.ingest.backlog import ASK_EVERY_SECONDS, Backlog


class Kafka:
    def __init__(self):
        self.records, self.asked = 0, 0

    def __call__(self):
        self.asked += 1
        return self.records


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def kafka():
    return Kafka()


@pytest.fixture
def backlog(kafka, clock):
    backlog = Backlog(kafka, clock, max_bytes=1_000)
    for _ in range(10):
        backlog.note_sent(100)
    return backlog


def test_it_lets_pass_while_the_writer_keeps_up(backlog, kafka):
    kafka.records = 9

    backlog.check()


def test_it_holds_back_while_too_much_waits_for_the_writer(backlog, kafka):
    kafka.records = 10

    with pytest.raises(StoreUnavailableError, match="ClickHouse does not have"):
        backlog.check()


def test_it_lets_pass_again_when_the_writer_has_caught_up(backlog, kafka, clock):
    kafka.records = 10
    with pytest.raises(StoreUnavailableError):
        backlog.check()
    kafka.records = 3

    clock.advance(ASK_EVERY_SECONDS)
    backlog.check()


def test_it_asks_kafka_rarely(backlog, kafka, clock):
    for _ in range(100):
        backlog.check()
        clock.advance(0.1)

    assert kafka.asked == 2


def test_it_lets_the_first_record_of_its_life_pass(clock):
    Backlog(lambda: 1_000_000, clock).check()
