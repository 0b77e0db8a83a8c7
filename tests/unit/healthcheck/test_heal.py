from collections.abc import Iterable

from healthcheck import heal
from healthcheck.checks import Verdict
from healthcheck.heal import Decision, Patient, State

RUNS = Patient()
STOPPED = Patient(is_stopped=True)


def verdict(name: str, status: str = "failed") -> Verdict:
    return Verdict(name, status, None, "does not answer")


def watch(
    state: State,
    *verdicts: Verdict,
    seconds: Iterable[float],
    patient: Patient | None = RUNS,
    is_disk_full: bool = False,
) -> Decision:
    """Decide every second about the same verdicts; return the first decision that does anything."""
    running = {item.name: patient for item in verdicts if patient}
    decision = Decision(state)
    for now in seconds:
        decision = heal.decide(decision.state, verdicts, running, now, is_disk_full=is_disk_full)
        if decision.restart or decision.end_container_for:
            return decision
    return decision


def restarted_times(times: int, name: str = "kafka") -> Decision:
    """Return the decision of a program that fails forever, after so many restarts."""
    decision = Decision(State())
    for number in range(times):
        start = number * 100
        decision = watch(decision.state, verdict(name), seconds=range(start, start + 99))
        assert decision.restart, number
    return decision


def test_a_program_that_fails_for_ten_seconds_is_restarted() -> None:
    assert not watch(State(), verdict("kafka"), seconds=range(10)).restart

    decision = watch(State(), verdict("kafka"), seconds=range(12))

    assert decision.restart == verdict("kafka")
    assert decision.state.decided_at == 10


def test_a_program_that_is_well_now_and_then_gets_its_points_back() -> None:
    decision = Decision(State())
    for start in range(0, 200, 20):
        decision = watch(decision.state, verdict("kafka"), seconds=range(start, start + 9))
        assert not decision.restart
        decision = watch(
            decision.state, verdict("kafka", "ok"), seconds=range(start + 9, start + 20)
        )

    assert decision.state.programs["kafka"].points == heal.HIT_POINTS


def test_a_program_that_starts_or_waits_is_left_alone() -> None:
    for status in ("starting", "blocked"):
        assert not watch(State(), verdict("kafka", status), seconds=range(600)).restart


def test_a_program_without_a_process_is_left_to_supervisord() -> None:
    assert not watch(State(), verdict("kafka"), seconds=range(600), patient=None).restart


def test_of_several_that_fail_the_first_in_the_data_flow_is_restarted() -> None:
    decision = watch(State(), verdict("writer"), verdict("kafka"), seconds=range(20))

    assert decision.restart == verdict("kafka")


def test_the_programs_that_wait_for_a_restarted_one_have_a_grace() -> None:
    first = watch(State(), verdict("writer"), verdict("kafka"), seconds=range(20))

    during = watch(first.state, verdict("writer"), seconds=range(11, 40))
    after = watch(during.state, verdict("writer"), seconds=range(40, 60))

    assert not during.restart
    assert after.restart == verdict("writer")


def test_a_stopped_program_has_no_grace() -> None:
    first = watch(State(), verdict("writer"), verdict("kafka"), seconds=range(20))

    decision = watch(first.state, verdict("writer"), seconds=range(11, 23), patient=STOPPED)

    assert decision.restart == verdict("writer")


def test_a_program_that_waits_for_nobody_is_restarted_five_seconds_later() -> None:
    first = watch(State(), verdict("redis"), verdict("mongodb"), seconds=range(20))

    decision = watch(first.state, verdict("mongodb"), seconds=range(11, 30))

    assert first.restart == verdict("redis")
    assert decision.restart == verdict("mongodb")
    assert decision.state.decided_at == 15


def test_after_three_restarts_in_ten_minutes_it_is_given_up_and_says_so() -> None:
    third = restarted_times(3, "live")

    decision = watch(third.state, verdict("live"), seconds=range(300, 400))

    assert not decision.restart
    (sentence,) = decision.given_up
    assert sentence.startswith("live was restarted 3 times in 10 minutes and is not well again")
    assert sentence.endswith("(does not answer)")


def test_it_is_restarted_again_when_the_ten_minutes_are_over() -> None:
    third = restarted_times(3, "live")

    assert watch(third.state, verdict("live"), seconds=range(300, 700)).restart


def test_the_container_ends_for_a_program_that_it_cannot_do_without() -> None:
    third = restarted_times(3, "kafka")

    decision = watch(third.state, verdict("kafka"), seconds=range(300, 400))

    assert decision.end_container_for == verdict("kafka")


def test_the_container_does_not_end_for_another_program() -> None:
    third = restarted_times(3, "live")

    assert not watch(third.state, verdict("live"), seconds=range(300, 400)).end_container_for


def test_the_container_does_not_end_when_its_disk_is_full() -> None:
    third = restarted_times(3, "kafka")

    decision = watch(third.state, verdict("kafka"), seconds=range(300, 400), is_disk_full=True)

    assert not decision.end_container_for
    assert decision.given_up


def test_the_time_for_which_the_checker_itself_was_paused_costs_five_points_at_most() -> None:
    decision = watch(State(), verdict("kafka"), seconds=(0, 600))

    assert decision.state.programs["kafka"].points == heal.HIT_POINTS - 5


def test_it_reports_each_restart_and_counts_them_by_program() -> None:
    decision = watch(State(), verdict("kafka"), seconds=range(12))

    first = heal.healing(decision, heal.Healing(), at=1_800_000_000.0)
    second = heal.healing(decision, first, at=1_800_000_100.0)

    assert second.restarts[0] == (1_800_000_000.0, "kafka", "does not answer")
    assert second.counts == {"kafka": 2}


def test_a_store_that_recovers_for_long_before_its_first_answer_is_left_alone() -> None:
    recovering = Patient(has_answered=False, runs_seconds=heal.FIRST_ANSWER_SECONDS)

    assert not watch(State(), verdict("mongodb"), seconds=range(600), patient=recovering).restart


def test_one_that_never_answers_is_restarted_in_the_end_and_later_each_time() -> None:
    silent = Patient(has_answered=False, runs_seconds=heal.FIRST_ANSWER_SECONDS + 1)

    first = watch(State(), verdict("mongodb"), seconds=range(20), patient=silent)
    second = watch(first.state, verdict("mongodb"), seconds=range(100, 500), patient=silent)

    assert first.restart == verdict("mongodb")
    assert not second.restart


def test_a_program_that_supervisord_has_stopped_is_never_restarted() -> None:
    decision = watch(State(), verdict("mongodb"), seconds=range(60), patient=None)

    assert not decision.restart
    assert decision.state.programs["mongodb"].points == heal.HIT_POINTS


def test_a_program_that_waits_for_one_that_a_restore_stopped_is_not_restarted() -> None:
    stopped = Verdict("mongodb", "blocked", "restore", "stopped for the restore")
    waits = Verdict("registry", "blocked", "mongodb", "waiting for mongodb")
    running = {"registry": RUNS}
    decision = Decision(State())

    for now in range(60):
        decision = heal.decide(decision.state, [stopped, waits], running, now)
        assert not decision.restart

    assert decision.given_up == ()
