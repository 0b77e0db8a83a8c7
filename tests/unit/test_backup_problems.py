"""A problem of the backups is a sentence with its cause and its remedy, and is never early."""

import pytest

from qlines.backup_problems import problems
from qlines.backup_record import Backup, Drill, Failure, Record
from qlines.backup_schedule import Plan

NOW = 1_800_014_400.0  # Friday 2027-01-15 12:00 UTC
MINUTE, HOUR, DAY = 60.0, 3600.0, 86_400.0
PLAN = Plan(6 * HOUR, 7 * DAY)


def good(at):
    return Backup("1f", at, 9.0, 18_000_000, 1_000)


def drilled(at, reason=""):
    return Drill("1f", at, not reason, 41.0, 6 * HOUR, reason)


@pytest.mark.parametrize(
    "record",
    [
        Record(),
        Record(first_at=NOW - 11 * HOUR),
        Record(good(NOW - 11 * HOUR), first_good_at=NOW - 13 * DAY),
        Record(good(NOW - HOUR), last_drill=drilled(NOW - 13 * DAY), first_good_at=NOW - 99 * DAY),
        Record(good(NOW + DAY), last_drill=drilled(NOW + DAY)),
    ],
    ids=["new", "before the first", "before the first drill", "all well", "clock set back"],
)
def test_nothing_is_wrong_before_anything_is_twice_as_old_as_its_interval(record):
    assert problems(record, PLAN, NOW) == []


def test_nothing_is_wrong_with_what_is_off():
    record = Record(
        good(NOW - 99 * DAY),
        Failure("create", NOW, "no space"),
        drilled(NOW - 99 * DAY, "users: 1 of 2"),
    )

    assert problems(record, Plan(None, None), NOW) == []


def test_a_backup_that_failed():
    record = Record(
        good(NOW - 9 * HOUR),
        Failure("create", NOW - 3 * HOUR, "ClickHouse: no space is left on the disk; add some."),
        tried_at=NOW - 3 * HOUR,
    )
    [problem] = problems(record, PLAN, NOW)

    assert problem == (
        "the last backup failed today 09:00: ClickHouse: no space is left on the disk; add some; "
        "the last good one began today 03:00; it is tried again today 12:00, or by "
        "`docker exec qlines qlines backup create`"
    )


def test_a_first_backup_that_failed():
    record = Record(failure=Failure("create", NOW - MINUTE, ""), tried_at=NOW - MINUTE)
    [problem] = problems(record, PLAN, NOW)

    assert problem == (
        "the last backup failed today 11:59: it did not say why; there is no good one; it is tried "
        "again today 12:59, or by `docker exec qlines qlines backup create`"
    )


def test_another_verb_that_failed_is_named():
    record = Record(good(NOW - HOUR), Failure("prune", NOW - HOUR, "the repository is locked"))
    [problem] = problems(record, PLAN, NOW)

    assert problem.startswith("the last `backup prune` failed today 11:00: the repository is lock")


def test_an_old_backup_after_which_none_began():
    [problem] = problems(Record(good(NOW - 13 * HOUR)), PLAN, NOW)

    assert problem == (
        "the last good backup is 13 h old, although one is due every 6 h: none has begun "
        "since: the appliance was off, a restore ran, or cron does not run; "
        "`docker exec qlines qlines backup create` makes one"
    )


def test_an_old_backup_after_which_one_was_killed():
    [problem] = problems(Record(good(NOW - 13 * HOUR), tried_at=NOW - 7 * HOUR), PLAN, NOW)

    assert "the one that began today 05:00 has not ended, or was killed" in problem


def test_no_backup_long_after_the_first_start():
    [problem] = problems(Record(first_at=NOW - 13 * HOUR), PLAN, NOW)

    assert problem.startswith(
        "there is no good backup, and the first start was 13 h ago, although one is due every 6 h"
    )


def test_a_drill_that_failed():
    record = Record(
        good(NOW - HOUR),
        last_drill=drilled(NOW - HOUR, "users: 1 of 2"),
        proven=drilled(NOW - 5 * DAY),
    )
    [problem] = problems(record, PLAN, NOW)

    assert problem == (
        "the last restore drill failed today 11:00: users: 1 of 2; the last good one was Sunday "
        "12:00; it is tried again tomorrow 11:00, or by `docker exec qlines qlines backup drill`"
    )


def test_a_drill_that_failed_before_it_restored_anything():
    record = Record(
        good(NOW - HOUR), Failure("drill", NOW - MINUTE, "no memory"), drilled(NOW - 7 * DAY)
    )
    [problem] = problems(record, PLAN, NOW)

    assert problem.startswith("the last restore drill failed today 11:59: no memory; there is no")


def test_a_drill_that_failed_before_a_good_one_is_no_problem():
    record = Record(good(NOW), Failure("drill", NOW - DAY, "no memory"), drilled(NOW - HOUR))

    assert problems(record, PLAN, NOW) == []


def test_an_old_drill():
    record = Record(good(NOW - HOUR), last_drill=drilled(NOW - 15 * DAY))
    [problem] = problems(record, PLAN, NOW)

    assert problem == (
        "the last restore drill was 2026-12-31 12:00, although a drill is due every 7 d: none "
        "has begun since: the appliance was off, a restore ran, or cron does not run; "
        "`docker exec qlines qlines backup drill` runs one"
    )


def test_no_drill_long_after_the_first_good_backup():
    record = Record(good(NOW - HOUR), drill_tried_at=NOW - DAY, first_good_at=NOW - 15 * DAY)
    [problem] = problems(record, PLAN, NOW)

    assert problem == (
        "no restore is proven, and the first good backup was 2026-12-31 12:00, although a drill is "
        "due every 7 d: the one that began yesterday 12:00 has not ended, or was killed; "
        "`docker exec qlines qlines backup drill` runs one"
    )
