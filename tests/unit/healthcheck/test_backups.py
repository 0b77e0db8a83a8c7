"""The report's part about backups: exact sentences, and times in milliseconds."""

from healthcheck import backups
from qlines.backup_record import Backup, Drill, Failure, Record, Restore
from qlines.backup_schedule import Plan
from qlines.role import ACTIVE, STANDBY, UNKNOWN, Role

NOW = 1_800_014_400.0  # Friday 2027-01-15 12:00 UTC
HOUR, DAY = 3600.0, 86_400.0
PLAN = Plan(6 * HOUR, 7 * DAY)
THIS_MORNING = NOW - 8 * HOUR - 48 * 60
SUNDAY = THIS_MORNING - 5 * DAY
GOOD = Backup("1f", THIS_MORNING, 9.2, 18_400_000, 900_000, {"users": 2}, ("no Kafka",))
PROVEN = Drill("0e", SUNDAY, ok=True, seconds=41.0, data_age_seconds=6 * HOUR)
WHOLE = Record(GOOD, None, PROVEN, PROVEN, THIS_MORNING, SUNDAY, NOW - 9 * DAY, NOW - 9 * DAY)


def test_one_sentence_has_the_last_backup_and_the_last_proven_restore() -> None:
    assert backups.sentence(WHOLE, PLAN, NOW) == (
        "last good backup: today 03:12, 18 MB, in 9 s; "
        "last proven restore: Sunday 03:12, 41 s, data 6 h old"
    )


def test_the_sentence_of_a_new_appliance_says_when_the_first_is_due() -> None:
    assert backups.sentence(Record(first_at=NOW), PLAN, NOW) == (
        "no good backup yet, next try today 12:10; no proven restore yet"
    )


def test_the_sentence_before_the_first_drill_says_when_it_is_due() -> None:
    assert backups.sentence(Record(GOOD), PLAN, NOW) == (
        "last good backup: today 03:12, 18 MB, in 9 s; "
        "no proven restore yet, next try tomorrow 03:12"
    )


def test_the_sentence_says_what_is_off_and_what_there_is_nevertheless() -> None:
    assert backups.sentence(WHOLE, Plan(None, None), NOW) == (
        "backups are off (QLINES_BACKUP_EVERY); last good backup: today 03:12, 18 MB, in 9 s; "
        "restore drills are off (QLINES_DRILL_EVERY); "
        "last proven restore: Sunday 03:12, 41 s, data 6 h old"
    )
    assert backups.sentence(Record(), Plan(None, None), NOW) == (
        "backups are off (QLINES_BACKUP_EVERY); restore drills are off (QLINES_DRILL_EVERY)"
    )


def test_the_sentence_says_where_no_backups_run_by_themselves() -> None:
    assert backups.sentence(Record(), None, NOW) == (
        "no backups run by themselves here: QLINES_ROLES has no cron, or no store to back up"
    )


def test_the_document_has_what_is_promised() -> None:
    document = backups.document(WHOLE, PLAN, NOW)

    assert document == {
        "last_good": {
            "id": "1f",
            "at": round(THIS_MORNING * 1000),
            "age_seconds": 31_680,
            "seconds": 9.2,
            "bytes": 18_400_000,
            "bytes_added": 900_000,
            "counts": {"users": 2},
            "missing": ["no Kafka"],
        },
        "last_failure": None,
        "failed_restore": None,
        "last_drill": {
            "id": "0e",
            "at": round(SUNDAY * 1000),
            "ok": True,
            "seconds": 41.0,
            "data_age_seconds": 21_600.0,
            "reason": "",
        },
        "proven": {
            "id": "0e",
            "at": round(SUNDAY * 1000),
            "seconds": 41.0,
            "data_age_seconds": 21_600.0,
            "age_seconds": 463_680,
        },
        "next_backup_at": round((THIS_MORNING + 6 * HOUR) * 1000),
        "next_drill_at": round((SUNDAY + 7 * DAY) * 1000),
        "every_seconds": 21_600.0,
        "drill_every_seconds": 604_800.0,
        "sentence": backups.sentence(WHOLE, PLAN, NOW),
    }


def test_the_document_is_null_where_nothing_is_known_or_planned() -> None:
    document = backups.document(Record(), None, NOW)

    del document["sentence"]
    assert set(document.values()) == {None}


def test_the_document_has_the_last_failure() -> None:
    document = backups.document(Record(failure=Failure("create", NOW, "no space")), PLAN, NOW)

    failure = {"verb": "create", "at": 1_800_014_400_000, "reason": "no space"}
    assert document["last_failure"] == failure


def test_a_restore_that_failed_is_in_it_and_is_a_problem_whatever_is_off() -> None:
    record = Record(failed_restore=Failure("restore", NOW, "mongodb does not run"))

    assert backups.document(record, None, NOW)["failed_restore"]["reason"] == "mongodb does not run"
    assert backups.found(record, None, NOW) == [
        "the last restore failed today 12:00: mongodb does not run; what was there before serves"
    ]


def test_an_age_is_never_negative() -> None:
    document = backups.document(WHOLE, PLAN, NOW - 30 * DAY)

    assert document["last_good"]["age_seconds"] == document["proven"]["age_seconds"] == 0


def test_problems_are_found_where_backups_run_by_themselves_and_nowhere_else() -> None:
    failed = Record(failure=Failure("create", NOW, "no space"))

    assert len(backups.found(failed, PLAN, NOW)) == 1
    assert backups.found(failed, None, NOW) == []


def test_a_restore_that_only_loads_is_in_nobodys_way() -> None:
    loading = Restore(NOW - 60, "loading", "loads the readings")

    assert backups.restoring(None, NOW) == ""
    assert backups.restoring(loading, NOW) == ""
    assert backups.restoring(loading._replace(phase="swapped"), NOW) == (
        "a restore has been running since today 11:59: loads the readings"
    )


def test_the_document_of_a_restore_is_null_without_one() -> None:
    document = backups.restore_document(Restore(NOW, "loading", "loads the readings"))

    assert backups.restore_document(None) is None
    assert document == {
        "since": 1_800_014_400_000,
        "phase": "loading",
        "sentence": "loads the readings",
    }


def twin(role: str, since: float = 0.0) -> Role:
    return Role(role, since, NOW, "")


def test_the_standby_says_who_makes_the_backups_instead_of_complaining() -> None:
    old = Record(GOOD._replace(at=NOW - 9 * DAY), Failure("create", NOW - 8 * DAY, "no space"))

    assert backups.found(old, PLAN, NOW, twin(STANDBY)) == []
    document = backups.document(old, PLAN, NOW, twin(STANDBY))
    assert document["sentence"].startswith(
        "the active side makes the backups, and this is the standby; last good backup: "
    )
    # Without an interval and a failure no alert fires.
    assert (document["every_seconds"], document["last_failure"]) == (None, None)


def test_a_failed_restore_is_a_problem_of_the_standby_too() -> None:
    record = Record(failed_restore=Failure("restore", NOW, "no space"))

    assert len(backups.found(record, PLAN, NOW, twin(STANDBY))) == 1


def test_a_side_that_has_just_become_active_has_time_to_make_a_backup() -> None:
    old = Record(GOOD._replace(at=NOW - 9 * DAY), first_good_at=NOW - 90 * DAY)

    assert backups.found(old, PLAN, NOW, twin(ACTIVE, since=NOW - 60)) == []
    assert len(backups.found(old, PLAN, NOW, twin(ACTIVE, since=NOW - 30 * DAY))) == 2


def test_while_no_side_is_active_the_report_says_how_to_make_a_backup_by_hand() -> None:
    document = backups.document(WHOLE, PLAN, NOW, twin(UNKNOWN))

    assert document["sentence"].startswith("no backups run by themselves while no side is known")
    assert "`docker exec qlines qlines backup create` makes one" in document["sentence"]
    assert document["every_seconds"] == PLAN.backup_every
