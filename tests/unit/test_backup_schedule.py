"""When a backup and a drill are due, whatever was, was not, or was at a wrong time."""

import pytest

from qlines.backup_record import Backup, Drill, Record
from qlines.backup_schedule import (
    Plan,
    is_due,
    next_backup_at,
    next_drill_at,
    plan_of,
    with_firsts,
)

MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
EVERY, WEEK = 6 * HOUR, 7 * DAY
NOW = 1_800_000_000.0


def good(at):
    return Backup("1f", at, 9.0, 18_000_000, 1_000_000)


def drilled(at, *, ok=True):
    return Drill("1f", at, ok, 41.0, 6 * HOUR)


def test_the_first_backup_is_due_ten_minutes_after_the_first_start():
    assert next_backup_at(Record(first_at=NOW - 60), EVERY, NOW) == NOW + 9 * MINUTE


def test_the_first_backup_does_not_wait_longer_than_the_interval():
    assert next_backup_at(Record(first_at=NOW), 2 * MINUTE, NOW) == NOW + 2 * MINUTE


def test_before_the_first_start_was_noted_it_counts_from_now():
    assert next_backup_at(Record(), EVERY, NOW) == NOW + 10 * MINUTE


def test_the_next_backup_is_due_one_interval_after_the_last_good_one_began():
    record = Record(good(NOW - HOUR), tried_at=NOW - HOUR)

    assert next_backup_at(record, EVERY, NOW) == NOW + 5 * HOUR


def test_a_backup_that_failed_is_tried_again_after_an_hour():
    record = Record(good(NOW - DAY), tried_at=NOW - MINUTE)

    assert next_backup_at(record, EVERY, NOW) == NOW + HOUR - MINUTE


def test_a_backup_that_failed_does_not_wait_longer_than_the_interval():
    record = Record(good(NOW - DAY), tried_at=NOW)

    assert next_backup_at(record, 30 * MINUTE, NOW) == NOW + 30 * MINUTE


def test_a_first_backup_that_failed_is_tried_again_after_an_hour():
    record = Record(tried_at=NOW - MINUTE, first_at=NOW - 11 * MINUTE)

    assert next_backup_at(record, EVERY, NOW) == NOW + HOUR - MINUTE


def test_there_is_no_next_one_when_they_are_off():
    record = Record(good(NOW - DAY), last_drill=drilled(NOW - DAY))

    assert next_backup_at(record, None, NOW) is None
    assert next_drill_at(record, None, NOW) is None
    assert not is_due(None, NOW)


@pytest.mark.parametrize(
    "record",
    [
        Record(good(NOW + DAY)),
        Record(first_at=NOW + DAY),
        Record(good(NOW - DAY), tried_at=NOW + DAY),
    ],
    ids=["last good", "first start", "tried"],
)
def test_a_backup_is_due_when_the_clock_was_set_back(record):
    assert is_due(next_backup_at(record, EVERY, NOW), NOW)


def test_after_the_clock_was_set_back_a_failed_backup_still_waits_an_hour():
    record = Record(good(NOW + DAY), tried_at=NOW)

    assert next_backup_at(record, EVERY, NOW) == NOW + HOUR


def test_there_is_no_drill_before_the_first_good_backup():
    assert next_drill_at(Record(first_at=NOW - WEEK), WEEK, NOW) is None


def test_the_first_drill_is_due_a_day_after_the_first_good_backup_and_not_after_the_last():
    record = Record(good(NOW), first_good_at=NOW - 20 * HOUR)

    assert next_drill_at(record, WEEK, NOW) == NOW + 4 * HOUR


def test_until_the_first_good_backup_was_noted_the_last_one_counts():
    assert next_drill_at(Record(good(NOW)), WEEK, NOW) == NOW + DAY


def test_the_next_drill_is_due_one_interval_after_the_last_one_began():
    record = Record(good(NOW), last_drill=drilled(NOW - DAY), drill_tried_at=NOW - DAY)

    assert next_drill_at(record, WEEK, NOW) == NOW + 6 * DAY


def test_a_drill_that_failed_is_repeated_after_a_day():
    record = Record(good(NOW), last_drill=drilled(NOW - HOUR, ok=False))

    assert next_drill_at(record, WEEK, NOW) == NOW + 23 * HOUR


def test_a_drill_that_was_killed_is_repeated_after_a_day():
    record = Record(good(NOW), last_drill=drilled(NOW - WEEK), drill_tried_at=NOW - HOUR)

    assert next_drill_at(record, WEEK, NOW) == NOW + 23 * HOUR


def test_a_drill_is_due_when_the_clock_was_set_back():
    assert is_due(next_drill_at(Record(good(NOW), last_drill=drilled(NOW + DAY)), WEEK, NOW), NOW)


def test_something_is_due_from_its_moment_on():
    assert [is_due(NOW, now) for now in (NOW - 1, NOW, NOW + 1)] == [False, True, True]


def test_the_firsts_are_noted_once():
    started = with_firsts(Record(), NOW)
    backed_up = with_firsts(started._replace(last_good=good(NOW + 600)), NOW + 700)
    later = with_firsts(backed_up._replace(last_good=good(NOW + DAY)), NOW + DAY)

    assert (started.first_at, started.first_good_at) == (NOW, None)
    assert (later.first_at, later.first_good_at) == (NOW, NOW + 600)


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        ({"cron", "mongodb"}, True),
        ({"cron", "gunicorn", "redis"}, False),
        ({"mongodb", "clickhouse", "kafka"}, False),
    ],
)
def test_they_run_by_themselves_where_cron_and_a_store_run(roles, expected):
    assert plan_of(roles, EVERY, None) == (Plan(EVERY, None) if expected else None)
