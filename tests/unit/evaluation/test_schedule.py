from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from qlines.evaluation.schedule import Schedule

BERLIN = ZoneInfo("Europe/Berlin")
EVERY_DAY = frozenset(range(1, 8))
WEEKDAYS = frozenset(range(1, 6))


def us(clock, fold=0):
    """Return a moment that a clock in Berlin shows: "2026-03-02 08:00", a Monday."""
    wall = datetime.fromisoformat(clock).replace(tzinfo=BERLIN, fold=fold)
    return int(wall.timestamp()) * 1_000_000


def schedule(opens, closes, days=EVERY_DAY):
    hours, minutes = (int(part) for part in opens.split(":"))
    hours_to, minutes_to = (int(part) for part in closes.split(":"))
    return Schedule(BERLIN, days, hours * 60 + minutes, hours_to * 60 + minutes_to)


@pytest.mark.parametrize(
    ("clock", "is_open"),
    [
        ("2026-03-02 07:59:59", False),
        ("2026-03-02 08:00", True),
        ("2026-03-02 17:59:59", True),
        ("2026-03-02 18:00", False),
        ("2026-03-01 12:00", False),
    ],
)
def test_it_is_open_on_its_days_from_the_first_to_the_last_minute(clock, is_open):
    assert schedule("08:00", "18:00", WEEKDAYS).is_open(us(clock)) is is_open


@pytest.mark.parametrize(
    ("clock", "is_open"),
    [
        ("2026-03-06 21:59", False),  # a Friday
        ("2026-03-06 22:00", True),
        ("2026-03-07 05:59", True),
        ("2026-03-07 06:00", False),
        ("2026-03-07 23:00", False),
        ("2026-03-08 03:00", False),
        ("2026-03-09 03:00", False),
        ("2026-03-09 22:00", True),
    ],
)
def test_over_midnight_the_days_are_those_it_opens_on(clock, is_open):
    assert schedule("22:00", "06:00", WEEKDAYS).is_open(us(clock)) is is_open


def test_a_whole_day_is_from_midnight_to_midnight():
    monday = schedule("00:00", "24:00", frozenset({1}))

    assert monday.is_open(us("2026-03-02 00:00"))
    assert monday.is_open(us("2026-03-02 23:59:59"))
    assert not monday.is_open(us("2026-03-03 00:00"))


def test_when_it_is_open_the_next_opening_is_now():
    assert schedule("08:00", "18:00").next_open(us("2026-03-02 09:00")) == us("2026-03-02 09:00")


@pytest.mark.parametrize(
    ("clock", "opening"),
    [
        ("2026-03-02 07:00", "2026-03-02 08:00"),
        ("2026-03-02 18:00", "2026-03-03 08:00"),
        ("2026-03-06 18:00", "2026-03-09 08:00"),
    ],
)
def test_otherwise_it_is_the_next_first_minute_on_its_days(clock, opening):
    assert schedule("08:00", "18:00", WEEKDAYS).next_open(us(clock)) == us(opening)


def test_a_single_day_opens_a_week_later():
    mondays = schedule("08:00", "18:00", frozenset({1}))

    assert mondays.next_open(us("2026-03-02 18:00")) == us("2026-03-09 08:00")


def test_hours_are_those_of_the_wall_in_summer_and_in_winter():
    day = schedule("08:00", "18:00")

    assert day.next_open(us("2026-03-28 20:00")) == us("2026-03-29 08:00")
    assert us("2026-03-29 08:00") - us("2026-03-28 08:00") == 23 * 3_600_000_000


def test_an_opening_in_the_hour_that_is_left_out_is_when_that_hour_would_be():
    night = schedule("02:30", "05:00")

    assert night.next_open(us("2026-03-29 01:00")) == us("2026-03-29 03:00")
    assert night.is_open(us("2026-03-29 03:00"))


def test_an_opening_in_the_hour_that_is_repeated_is_the_first():
    night = schedule("02:30", "05:00")

    assert night.next_open(us("2026-10-25 01:00")) == us("2026-10-25 02:30", fold=0)
    assert night.next_open(us("2026-10-25 02:10", fold=1)) == us("2026-10-25 02:30", fold=1)
