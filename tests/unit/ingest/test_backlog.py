import pytest

from qlines.clock import FakeClock
from qlines.errors import BackPressureError
from qlines.ingest.backlog import ASK_EVERY_SECONDS, Backlog

MIB = 2**20


class Lag:
    """Kafka's answer, in records, and how often it was asked."""

    def __init__(self):
        self.records, self.asked = 0, 0

    def __call__(self):
        self.asked += 1
        return self.records


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def lag():
    return Lag()


@pytest.fixture
def backlog(lag, clock):
    """Return a backlog of at most ten records, by the mean of those sent."""
    backlog = Backlog(lag, clock, max_bytes=10 * MIB)
    for _ in range(10):
        backlog.note_sent(MIB)
    return backlog


def is_limited(backlog):
    try:
        backlog.check()
    except BackPressureError:
        return True
    return False


def test_it_passes_while_the_writer_keeps_up(backlog, lag):
    lag.records = 9

    assert not is_limited(backlog)


def test_it_names_the_writer_and_the_reason_when_it_is_too_large(backlog, lag):
    lag.records = 10

    with pytest.raises(BackPressureError) as caught:
        backlog.check()

    assert caught.value.waiting_for == "writer"
    assert str(caught.value) == (
        "10 MB in Kafka are not in ClickHouse yet (at most 10 MB), new messages stay in the spool"
    )


def test_it_passes_again_once_the_writer_has_caught_up(backlog, lag, clock):
    lag.records = 10
    assert is_limited(backlog)
    lag.records = 3
    assert is_limited(backlog)

    clock.advance(ASK_EVERY_SECONDS)

    assert not is_limited(backlog)


def test_it_asks_kafka_every_five_seconds(backlog, lag, clock):
    for _ in range(100):
        backlog.check()
        clock.advance(0.1)

    assert lag.asked == 2


def test_it_passes_before_anything_was_sent(clock):
    assert not is_limited(Backlog(lambda: 1_000_000, clock))
