"""What is known of the backups becomes a sample; what is not has none."""

from healthcheck import backups
from healthcheck.metrics.backups import families
from qlines.backup_record import Backup, Drill, Failure, Record
from qlines.backup_schedule import Plan

NOW = 1_800_000_000.0
GOOD = Backup("1f", NOW - 60, 9.5, 18_000_000, 1_000)
PROVEN = Drill("0e", NOW - 3600, ok=True, seconds=41.0, data_age_seconds=300.0)
PLAN = Plan(21_600.0, 604_800.0)


def samples(record: Record, plan: Plan | None = PLAN) -> dict[str, float]:
    found = families(backups.document(record, plan, NOW))
    return {sample.name: sample.value for family in found for sample in family.samples}


def test_it_exports_what_is_known() -> None:
    assert samples(Record(GOOD, None, PROVEN, PROVEN)) == {
        "qlines_backup_last_good_timestamp_seconds": NOW - 60,
        "qlines_backup_age_seconds": 60.0,
        "qlines_backup_seconds": 9.5,
        "qlines_backup_bytes": 18_000_000.0,
        "qlines_backup_failed": 0.0,
        "qlines_backup_interval_seconds": 21_600.0,
        "qlines_restore_proven_timestamp_seconds": NOW - 3600,
        "qlines_restore_proven_seconds": 41.0,
        "qlines_drill_failed": 0.0,
        "qlines_drill_interval_seconds": 604_800.0,
    }


def test_it_exports_only_the_intervals_before_the_first_backup() -> None:
    assert samples(Record()) == {
        "qlines_backup_interval_seconds": 21_600.0,
        "qlines_drill_interval_seconds": 604_800.0,
    }


def test_it_exports_nothing_where_nothing_is_planned() -> None:
    assert samples(Record(), None) == {}
    assert samples(Record(), Plan(None, None)) == {}


def test_a_backup_that_failed_is_one_and_a_drill_that_failed_another() -> None:
    backup_failed = samples(Record(failure=Failure("create", NOW, "no space")))
    drill_failed = samples(
        Record(GOOD, Failure("drill", NOW, "users"), PROVEN._replace(ok=False), PROVEN)
    )

    assert backup_failed["qlines_backup_failed"] == 1.0
    assert "qlines_drill_failed" not in backup_failed
    assert (drill_failed["qlines_backup_failed"], drill_failed["qlines_drill_failed"]) == (0.0, 1.0)
