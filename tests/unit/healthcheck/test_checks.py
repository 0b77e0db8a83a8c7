from healthcheck import checks
from healthcheck.observations import Answer, Appliance, Disk, Heartbeat, Observation, Process
from qlines.backup_record import Restore
from qlines.errors import StoreRefusedError

NOW = 1_800_000_000.0
GB = 1_000_000_000
WELL = Disk(100 * GB, 50 * GB)


def running(seconds: float = 600) -> Process:
    return Process("RUNNING", pid=42, started_at=NOW - seconds)


def answers(seconds: float = 600) -> Observation:
    return Observation(running(seconds), Answer(True, "answers"))


def silent(seconds: float = 600) -> Observation:
    return Observation(running(seconds), Answer(False, "port 9092 is closed"))


def beats(waiting_for: str | None = None, age_seconds: float = 0.5) -> Observation:
    beat = Heartbeat(42, NOW, waiting_for, "takes readings", {}, age_seconds)
    return Observation(running(), None, beat)


DONE = Observation(Process("EXITED", exit_status=0, started_at=NOW - 600))


def judge(restore: Restore | None = None, **programs: Observation) -> dict[str, checks.Verdict]:
    verdicts = checks.judge(Appliance(NOW, NOW, programs, {}, WELL, {}, restore=restore))
    return {verdict.name: verdict for verdict in verdicts}


def test_it_is_ok_when_a_program_answers() -> None:
    verdict = judge(kafka=answers())["kafka"]

    assert verdict[:4] == ("kafka", "ok", None, "answers")


def test_it_is_starting_while_a_young_program_does_not_answer() -> None:
    verdict = judge(kafka=silent(seconds=10))["kafka"]

    assert verdict[:4] == ("kafka", "starting", None, "port 9092 is closed")


def test_it_has_failed_when_a_program_is_silent_for_longer_than_it_takes_to_start() -> None:
    verdict = judge(kafka=silent(seconds=600))["kafka"]

    assert verdict.status == "failed"
    assert verdict.sentence == "has been running for 600 s, but port 9092 is closed"


def test_it_has_failed_when_supervisord_gave_up() -> None:
    verdict = judge(kafka=Observation(Process("FATAL")))["kafka"]

    assert verdict.status == "failed"
    assert "supervisord gave up" in verdict.sentence


def test_it_names_why_a_program_cannot_be_started() -> None:
    process = Process("FATAL", spawn_error="can't find command '/opt/java/bin/java'")

    verdict = judge(kafka=Observation(process))["kafka"]

    assert verdict.sentence == "cannot be started: can't find command '/opt/java/bin/java'"


def test_it_names_the_status_with_which_a_program_ended() -> None:
    verdict = judge(kafka=Observation(Process("EXITED", exit_status=3)))["kafka"]

    assert verdict.sentence == "ended with status 3 and was not restarted"


def test_it_has_failed_when_supervisord_does_not_know_the_program() -> None:
    verdict = judge(kafka=Observation(None))["kafka"]

    assert verdict.status == "failed"


def test_it_is_ok_when_the_one_shot_has_done_its_work() -> None:
    assert judge(init=DONE)["init"].status == "ok"


def test_it_has_failed_when_the_one_shot_ended_badly() -> None:
    verdict = judge(init=Observation(Process("EXITED", exit_status=1)))["init"]

    assert verdict.status == "failed"


def test_it_names_the_store_that_the_one_shot_waits_for() -> None:
    init = Observation(running(5), None, None)

    verdict = judge(init=init, kafka=silent(5))["init"]

    assert (verdict.status, verdict.blocked_by) == ("blocked", "kafka")


def test_it_is_ok_when_a_worker_beats() -> None:
    assert judge(ingest=beats())["ingest"][:4] == ("ingest", "ok", None, "takes readings")


def test_it_has_failed_when_a_loop_hangs() -> None:
    verdict = judge(ingest=beats(age_seconds=41))["ingest"]

    assert verdict.status == "failed"
    assert verdict.sentence == 'hangs: last heartbeat 41 s ago, "takes readings"'


def test_a_quiet_loop_is_ok_while_its_stores_are_well() -> None:
    verdict = judge(writer=beats(age_seconds=40), clickhouse=answers())["writer"]

    assert verdict.status == "ok"
    assert verdict.sentence == 'is slow: last heartbeat 40 s ago, "takes readings"'


def test_a_quiet_loop_is_blocked_by_its_store_that_is_not_well() -> None:
    verdict = judge(writer=beats(age_seconds=13), clickhouse=silent())["writer"]

    assert (verdict.status, verdict.blocked_by) == ("blocked", "clickhouse")


def test_a_stopped_process_has_failed_although_supervisord_calls_it_running() -> None:
    stopped = answers()._replace(process=running()._replace(is_stopped=True))

    verdicts = judge(kafka=stopped, ingest=beats("kafka"))

    assert verdicts["kafka"].status == "failed"
    assert verdicts["kafka"].sentence == "is stopped: a process of it was sent SIGSTOP"
    assert verdicts["ingest"].blocked_by == "kafka"


def test_a_young_process_that_has_answered_before_has_failed_when_it_no_longer_does() -> None:
    verdict = judge(kafka=silent(seconds=10)._replace(has_answered=True))["kafka"]

    assert (verdict.status, verdict.sentence) == ("failed", "was well, but port 9092 is closed")


def test_a_program_that_ended_while_supervisord_hangs_is_blocked_by_supervisord() -> None:
    verdict = judge(kafka=Observation(Process("GONE")), mongodb=silent())["kafka"]

    assert (verdict.status, verdict.blocked_by) == ("blocked", "supervisord")


def test_it_ignores_the_heartbeat_of_an_earlier_process() -> None:
    seen = Observation(running(2), None, Heartbeat(41, NOW, None, "takes readings", {}))

    assert judge(ingest=seen)["ingest"].status == "starting"


def test_it_is_blocked_by_what_a_worker_says_it_is_waiting_for() -> None:
    verdict = judge(writer=beats("clickhouse"), clickhouse=silent())["writer"]

    assert (verdict.status, verdict.blocked_by) == ("blocked", "clickhouse")
    assert verdict.sentence == (
        "waiting for clickhouse (has been running for 600 s, but port 9092 is closed)"
    )


def test_it_is_blocked_by_a_store_of_another_machine_too() -> None:
    verdict = judge(writer=beats("clickhouse"))["writer"]

    assert verdict[:4] == ("writer", "blocked", "clickhouse", "waiting for clickhouse")


def test_it_says_why_a_store_refuses_the_program() -> None:
    refused = f"waiting for kafka: {StoreRefusedError('kafka', 'it wants a password')}"
    beat = Heartbeat(42, NOW, "kafka", refused, {}, 0.5)

    verdict = judge(writer=Observation(running(), None, beat), kafka=answers())["writer"]

    assert verdict[:4] == ("writer", "blocked", "kafka", refused)


def test_it_follows_the_wait_graph_to_the_root() -> None:
    verdicts = judge(
        mongodb=Observation(Process("FATAL")),
        init=Observation(running(5)),
        gunicorn=silent(5),
        ingest=beats("init"),
    )

    assert verdicts["gunicorn"].blocked_by == "mongodb"
    assert verdicts["ingest"].blocked_by == "mongodb"
    assert verdicts["ingest"].sentence.startswith(
        "waiting for init, which is waiting for mongodb ("
    )


def test_it_does_not_blame_another_for_a_program_that_does_not_run() -> None:
    verdicts = judge(kafka=silent(), ingest=Observation(Process("FATAL")))

    assert (verdicts["ingest"].status, verdicts["ingest"].blocked_by) == ("failed", None)


def test_it_ends_when_two_programs_wait_for_each_other() -> None:
    verdicts = judge(registry=beats("mongodb"), mongodb=silent(5), mosquitto=silent(5))

    assert verdicts["mosquitto"].blocked_by == "mongodb"


def test_the_whole_is_ok_when_all_is() -> None:
    verdicts = judge(kafka=answers(), live=beats()).values()

    assert checks.overall(verdicts) == ("ok", [])


def test_the_whole_is_down_without_a_program_needed_for_ready() -> None:
    verdicts = judge(init=beats("mongodb"), mongodb=Observation(Process("FATAL"))).values()

    whole = checks.overall(verdicts)

    assert whole.status == "down"
    assert whole.problems[0].startswith("mongodb (failed): ended repeatedly")
    assert whole.problems[1].startswith("init (blocked): waiting for mongodb")


def test_the_whole_is_degraded_without_another_program() -> None:
    verdicts = judge(mongodb=answers(), kafka=Observation(Process("FATAL"))).values()

    assert checks.overall(verdicts).status == "degraded"


def test_the_whole_is_degraded_when_there_is_a_notice() -> None:
    whole = checks.overall([], ["supervisord does not answer"])

    assert whole == ("degraded", ["supervisord does not answer"])


def test_a_one_shot_that_hangs_while_it_waits_has_failed() -> None:
    beat = Heartbeat(42, NOW, "clickhouse", "waiting for clickhouse", {}, 41)

    verdict = judge(init=Observation(running(), None, beat), clickhouse=answers())["init"]

    assert (verdict.status, verdict.is_own_fault) == ("failed", True)
    assert verdict.sentence.startswith("hangs: last heartbeat 41 s ago")


SWAPPING = Restore(NOW - 5, "swapping", "the data folders are swapped")
STOPPED = Observation(Process("STOPPED"))


def test_a_program_that_a_restore_stopped_is_blocked_by_it_and_blocks_others() -> None:
    verdicts = judge(SWAPPING, mongodb=STOPPED, registry=beats("mongodb"))

    assert verdicts["mongodb"][:4] == ("mongodb", "blocked", "restore", "stopped for the restore")
    assert verdicts["registry"].blocked_by == "mongodb"
    assert verdicts["registry"].sentence == "waiting for mongodb (stopped for the restore)"


def test_a_program_that_a_move_stopped_is_blocked_by_it() -> None:
    stopped = {"ingest": Observation(Process("STOPPED", 0, 0.0))}
    (verdict,) = checks.judge(Appliance(NOW, NOW, stopped, {}, WELL, {}, moving="everything moved"))

    assert verdict[:4] == ("ingest", "blocked", "move", "stopped for the move")


def test_a_restore_excuses_no_program_that_ended_by_itself() -> None:
    verdict = judge(SWAPPING, mongodb=Observation(Process("FATAL")))["mongodb"]

    assert verdict.status == "failed"


def test_a_program_that_is_stopped_while_a_restore_only_loads_was_not_stopped_for_it() -> None:
    verdict = judge(SWAPPING._replace(phase="loading"), mongodb=STOPPED)["mongodb"]

    assert verdict.sentence == "was stopped and not started again"
