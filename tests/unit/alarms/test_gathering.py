from types import SimpleNamespace

import pytest

from qlines.alarms.gathering import MAX_READINGS, MAX_SECONDS, Gathering, in_order
from qlines.alarms.kafka_log import Fetched
from qlines.alarms.twin_feed import Progress
from qlines.clock import FakeClock
from qlines.store.alarm_positions import LogPosition


def fetched(side, offset, written_ms, readings=1):
    position = LogPosition(side, 0, offset, f"log of {side}", 1, written_ms, 0)
    return Fetched(position, [None] * readings)


def places(found):
    return [(one.position.side, one.position.offset) for one in found]


def test_records_are_in_the_order_in_which_they_were_written():
    own = [fetched("b", 1, 300), fetched("b", 2, 500)]
    twins = [fetched("a", 7, 200), fetched("a", 8, 400)]

    assert places(in_order([*own, *twins])) == [("a", 7), ("b", 1), ("a", 8), ("b", 2)]


def test_those_of_a_partition_stay_in_the_order_of_its_log_by_whatever_clock():
    own = [fetched("b", 1, 900), fetched("b", 2, 100)]

    assert places(in_order([*own, fetched("a", 7, 500)])) == [("a", 7), ("b", 1), ("b", 2)]


def test_a_place_without_readings_keeps_none_waiting():
    twins = [fetched("a", 6, 999, readings=0), fetched("a", 7, 200)]

    assert places(in_order([fetched("b", 1, 300), *twins])) == [("a", 6), ("a", 7), ("b", 1)]


class Room:
    def __init__(self):
        self.clock = FakeClock()
        self.own = SimpleNamespace(is_level=False)
        self.twin = SimpleNamespace(progress=Progress())
        self.gathering = Gathering(self.own, self.twin, self.clock)


@pytest.fixture
def room():
    return Room()


def test_all_of_it_is_returned_once_both_logs_are_read(room):
    assert room.gathering.add([fetched("b", 1, 300)]) is None
    room.own.is_level = True
    assert room.gathering.add([]) is None
    assert room.gathering.oldest_ms == 300
    room.twin.progress = Progress(is_level=True)

    assert places(room.gathering.add([fetched("a", 7, 200)])) == [("a", 7), ("b", 1)]


def test_nobody_waits_for_a_twin_that_has_failed_or_for_long_or_for_too_much(room):
    room.own.is_level = True
    room.twin.progress = Progress(has_failed=True)
    assert room.gathering.add([]) == []

    room.twin.progress = Progress()
    assert room.gathering.add([]) is None
    assert room.gathering.add([fetched("b", 1, 300, readings=MAX_READINGS + 1)])

    other = Room()
    other.clock.advance(MAX_SECONDS + 1)
    assert other.gathering.add([]) == []
