from healthcheck import backups, checks, oom, report
from healthcheck.canary import record
from healthcheck.heal import Healing, Restart
from healthcheck.history import Since, Starts
from healthcheck.lag import Sample
from healthcheck.observations import (
    Answer,
    Appliance,
    CanaryFailure,
    Disk,
    Heartbeat,
    Observation,
    Process,
)
from healthcheck.ready import Conditions
from qlines.backup_record import Backup, Failure, Record, Restore
from qlines.backup_schedule import Plan
from qlines.maintenance import Maintenance
from qlines.repairs import Repair
from qlines.spool.segments import SpoolUsage

NOW = 1_800_000_000.0
REPAIRS = [Repair(NOW - 60, "redis", "cut the end off its log")]


PLAN = Plan(21_600.0, 604_800.0)
NOTHING_HEALED = Healing()


STARTED = Conditions(has_started=True)
NO_VICTIM = oom.State()
LAGS = (Sample(0, 60_030), Sample(20, 30))


def view(
    healing: Healing = NOTHING_HEALED,
    conditions: Conditions = STARTED,
    memory: oom.State = NO_VICTIM,
    written: record.Record | None = None,
    backed_up: Record | None = None,
    restore: Restore | None = None,
    **hanging: float,
) -> report.View:
    programs = {
        "kafka": Observation(Process("RUNNING", 7, NOW - 5), Answer(False, "port 9092 is closed")),
        "ingest": Observation(
            Process("RUNNING", 8, NOW - 90),
            None,
            Heartbeat(8, NOW, "kafka", "waiting for kafka", {"readings": 12}),
        ),
    }
    spools = {"mqtt": SpoolUsage(900, 400, 2), "http": SpoolUsage(100, 0, 1)}
    appliance = Appliance(NOW, NOW, programs, spools, Disk(1000, 500), {"ingest": 30})
    canary = record.observed(written, 60.0) if written else None
    appliance = appliance._replace(canary=canary, hanging=hanging, repairs=REPAIRS)
    appliance = appliance._replace(backups=backed_up or Record(), restore=restore)
    verdicts = checks.judge(appliance)
    left = report.Memory(Starts(), Since(), healing, memory, {"ingest": LAGS}, None, PLAN)
    return report.view(appliance, verdicts, left, conditions, "1.2.3")


def test_it_names_status_cause_and_sentence_of_each_component() -> None:
    component = view().deep["components"][1]

    assert component == {
        "name": "ingest",
        "status": "blocked",
        "blocked_by": "kafka",
        "sentence": "waiting for kafka (port 9092 is closed)",
        "since": 1_800_000_000_000,
        "restarts_last_hour": 0,
        "needed_for_ready": False,
    }


def test_it_sums_the_spool_of_all_writers() -> None:
    spool = view().deep["spool"]

    assert (spool["bytes"], spool["unread_bytes"]) == (1000, 400)
    assert spool["writers"]["mqtt"] == {"bytes": 900, "unread_bytes": 400, "segments": 2}
    assert spool["lag_ms"] == {"ingest": 30}
    assert spool["caught_up_in_seconds"] == {"ingest": 0.01}


def test_it_says_honestly_what_it_does_not_know() -> None:
    deep = view().deep

    assert deep["canary"] == {"age_seconds": None, "latency_ms": None}
    assert deep["backup"]["last_good"] is None
    assert deep["restore"] is None


def test_it_describes_the_canary_and_what_is_wrong_with_it() -> None:
    written = record.read(record.sending(record.new(0.0), 7, 10.0), 7, 10.0333)
    written = record.ended(written, CanaryFailure("pipeline", "after 8 s"))
    deep = view(written=record.step(written, "resting", 59.0)).deep

    assert deep["canary"] == {
        "age_seconds": 50.0,
        "latency_ms": 33,
        "sent": 1,
        "failures": {"broker": 0, "pipeline": 1, "api": 0},
        "last_failure": {"stage": "pipeline", "reason": "after 8 s"},
    }
    assert any("of the canary is 50 s old" in problem for problem in deep["problems"])


def test_a_check_that_hangs_is_a_problem() -> None:
    problems = view(**{"the data folder": 34.0}).deep["problems"]

    assert "the check of the data folder has hung for 34 s" in problems


def test_it_passes_on_what_programs_counted() -> None:
    assert view().counters == {"ingest": {"readings": 12}}


def test_an_appliance_that_is_stopping_is_not_ready() -> None:
    status, body = report.may_users_come(report.stopping(view()), 1.0)

    assert status == 503
    assert body["reason"] == "the appliance is being stopped"


def test_it_says_what_was_healed_and_what_was_given_up() -> None:
    healing = Healing((Restart(NOW, "ingest", "hangs"),), {"ingest": 1}, ("ingest is given up",))

    deep = view(healing).deep

    assert deep["healing"]["restarts"] == [
        {"at": 1_800_000_000_000, "name": "ingest", "sentence": "hangs"}
    ]
    assert "ingest is given up" in deep["problems"]


def test_it_names_the_program_that_the_kernel_killed() -> None:
    deep = view(memory=oom.State(1, victims=(oom.Loss(5.0, NOW, "clickhouse"),))).deep

    assert deep["oom_kills"]["victims"] == [{"at": 1_800_000_000_000, "name": "clickhouse"}]
    assert "the kernel killed a process of clickhouse because" in " ".join(deep["problems"])


def test_it_says_that_the_operator_drained_the_appliance() -> None:
    drained = Conditions(has_started=True, maintenance=Maintenance(NOW, "new disk"))

    seen = view(conditions=drained)

    assert seen.deep["maintenance"] == {"since": 1_800_000_000_000, "reason": "new disk"}
    assert report.may_users_come(seen, 1.0) == (503, {"status": "draining", "reason": "new disk"})


def test_it_shows_what_was_repaired() -> None:
    assert view().deep["repairs"] == [
        {"at": 1_799_999_940_000, "program": "redis", "sentence": "cut the end off its log"}
    ]


def test_the_view_has_what_the_metrics_need_of_each_program() -> None:
    seen = view()

    assert seen.pids == {"kafka": 7, "ingest": 8}
    assert seen.restarts == {"kafka": 0, "ingest": 0}


def test_it_shows_the_backups_and_their_problems() -> None:
    good = Backup("1f", NOW - 3600, 9.0, 18_000_000, 1_000)
    failed = Failure("create", NOW - 60, "ClickHouse: no space is left")

    deep = view(backed_up=Record(good, failed)).deep

    assert deep["backup"]["last_good"]["age_seconds"] == 3600
    assert any("the last backup failed today 07:59" in problem for problem in deep["problems"])


def test_it_shows_a_restore_and_sends_users_elsewhere() -> None:
    restore = Restore(NOW - 60, "swapping", "the data folders are swapped")

    seen = view(
        restore=restore,
        conditions=STARTED._replace(restoring=backups.restoring(restore, NOW)),
    )

    sentence = "a restore has been running since today 07:59: the data folders are swapped"
    assert seen.deep["restore"] == {
        "since": 1_799_999_940_000,
        "phase": "swapping",
        "sentence": "the data folders are swapped",
    }
    assert seen.deep["problems"][0] == sentence
    assert report.may_users_come(seen, 1.0) == (503, {"status": "restoring", "reason": sentence})
