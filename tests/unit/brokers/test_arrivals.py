"""Which sessions the broker is to end, because their client connected to another broker."""

from datetime import UTC, datetime, timedelta

import pytest

from qlines.brokers.arrivals import ASK_EVERY_SECONDS, FILE, KEPT_SECONDS, OVERLAP, Arrivals
from qlines.clock import FakeClock
from qlines.errors import StoreUnavailableError
from qlines.store.arrivals import MAX_APART_US, Arrival

NOTED_AT = datetime(2026, 7, 1, 12, 0, tzinfo=UTC)
SECOND_US = 1_000_000


class Side:
    """A side beside another one, at which clients arrive."""

    def __init__(self, folder):
        self.clock = FakeClock()
        self.noted, self.asked, self.is_away = [], [], False
        self.file = folder / FILE
        self.arrivals = Arrivals(folder, self.since, self.clock)

    def since(self, after):
        self.asked.append(after)
        if self.is_away:
            raise StoreUnavailableError("mongodb", OSError("refused"))
        return [one for one in self.noted if one.noted_at > after]

    def arrive(self, client, *, ahead_us=0, noted_at=NOTED_AT):
        self.noted.append(Arrival(client, self.clock.now_us() + ahead_us, noted_at))

    def lines(self):
        self.clock.sleep(ASK_EVERY_SECONDS)
        self.arrivals.run_once()
        return self.file.read_text().splitlines() if self.file.exists() else []


@pytest.fixture
def side(tmp_path):
    return Side(tmp_path)


def test_a_client_that_arrived_there_has_a_line(side):
    side.arrive("device/pump 1")

    assert side.lines() == [f"{side.clock.now_us()} device/pump 1"]


@pytest.mark.parametrize("ahead_us", [-5 * SECOND_US, 5 * SECOND_US])
def test_clocks_that_are_apart_make_no_difference(side, ahead_us):
    side.arrive("device/pump", ahead_us=ahead_us)

    assert side.lines() == [f"{side.clock.now_us()} device/pump"]


def test_an_arrival_that_was_noted_late_ends_no_session_that_began_long_after_it(side):
    arrived_us = side.clock.now_us()
    side.arrive("device/pump")
    side.clock.sleep(300)

    assert side.lines() == [f"{arrived_us + MAX_APART_US} device/pump"]


def test_the_same_arrival_is_read_again_without_effect(side):
    side.arrive("device/pump")
    first = side.lines()

    assert side.lines() == first
    assert side.asked[-1] == NOTED_AT - OVERLAP


def test_one_that_becomes_visible_late_is_seen(side):
    side.arrive("device/pump")
    side.lines()
    side.arrive("device/valve", noted_at=NOTED_AT - timedelta(seconds=1))

    assert [line.split()[1] for line in side.lines()] == ["device/pump", "device/valve"]


def test_a_client_that_arrives_again_has_a_new_line(side):
    side.arrive("device/pump")
    first = side.lines()
    side.clock.sleep(1)
    side.arrive("device/pump", noted_at=NOTED_AT + timedelta(seconds=1))

    second = side.lines()

    assert len(second) == 1
    assert second != first


def test_lines_are_forgotten_after_the_broker_has_read_them(side):
    side.arrive("device/pump")
    side.lines()
    side.clock.sleep(KEPT_SECONDS)
    side.arrive("device/valve", noted_at=NOTED_AT + timedelta(seconds=20))

    assert [line.split()[1] for line in side.lines()] == ["device/valve"]


def test_an_outage_is_logged_once_and_loses_none(side, caplog):
    side.is_away = True
    side.lines()
    side.lines()
    side.arrive("device/pump")
    side.is_away = False

    assert len(side.lines()) == 1
    assert len(caplog.messages) == 1


def test_it_asks_twice_a_second(side):
    side.lines()
    side.arrivals.run_once()

    assert len(side.asked) == 1
