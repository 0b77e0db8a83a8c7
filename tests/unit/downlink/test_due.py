import pytest

from qlines.clock import FakeClock
from qlines.downlink.due import Due


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
def due(clock):
    return Due(clock)


def test_a_device_is_due_once_at_its_time(due, clock):
    due.add("pump", 2.0)
    assert due.take() == []

    clock.advance(2)

    assert due.take() == ["pump"]
    assert due.take() == []


def test_the_earliest_of_several_times_counts(due, clock):
    due.add("pump", 5.0)
    due.add("pump", 1.0)
    due.add("pump", 9.0)

    clock.advance(1)
    assert due.take() == ["pump"]

    clock.advance(10)
    assert due.take() == []


def test_a_device_may_be_due_again_after_it_was_taken(due):
    due.add("pump")
    due.take()

    due.add("pump")

    assert due.take() == ["pump"]


def test_the_next_one_says_how_long_may_be_waited(due):
    assert due.next_in(1.0) == 1.0

    due.add("pump", 0.25)
    assert due.next_in(1.0) == pytest.approx(0.25)

    due.add("valve")
    assert due.next_in(1.0) == 0.0
