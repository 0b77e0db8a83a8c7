import pytest

from healthcheck.canary import judgement
from healthcheck.checks import Verdict
from healthcheck.observations import Canary, CanaryFailure

WELL = Canary(
    age_seconds=4.0,
    latency_seconds=0.03,
    quiet_seconds=4.0,
    doing="resting",
    step_seconds=3.0,
    sent=12,
    failures={"broker": 0, "pipeline": 0, "api": 0},
    failure=None,
    api_failing_seconds=0.0,
)


def silent(stage: str, reason: str) -> Canary:
    return WELL._replace(age_seconds=41.0, quiet_seconds=41.0, failure=CanaryFailure(stage, reason))


def test_a_canary_that_is_well_or_absent_is_no_problem() -> None:
    assert judgement.problem(WELL, []) is None
    assert judgement.problem(None, []) is None


def test_one_slow_round_is_no_problem() -> None:
    slow = silent("pipeline", "after 8 s")._replace(age_seconds=20.0, quiet_seconds=20.0)

    assert judgement.problem(slow, []) is None


@pytest.mark.parametrize(
    ("stage", "reason", "sentence"),
    [
        (
            "broker",
            "port 1883 is closed",
            "the last one is not acknowledged by the broker: port 1883 is closed",
        ),
        (
            "pipeline",
            "after 8 s",
            "the last one is acknowledged, but not readable by /api/data: after 8 s",
        ),
        (
            "api",
            "answers with HTTP status 500",
            "the last one cannot be read, because of /api/data: answers with HTTP status 500",
        ),
    ],
)
def test_it_names_the_stage_in_which_messages_stop(stage: str, reason: str, sentence: str) -> None:
    problem = judgement.problem(silent(stage, reason), [])

    assert problem == f"the newest readable message of the canary is 41 s old: {sentence}"


def test_it_names_the_first_program_of_the_stage_that_is_not_well() -> None:
    verdicts = [
        Verdict("clickhouse", "failed", None, "port 7010 is closed"),
        Verdict("ingest", "ok", None, "its loop runs"),
        Verdict("writer", "blocked", "clickhouse", "waiting for clickhouse"),
        Verdict("live", "failed", None, "is not on the way"),
    ]

    problem = judgement.problem(silent("pipeline", "after 8 s"), verdicts)

    assert problem is not None
    assert problem.endswith("after 8 s (writer is blocked by clickhouse)")
    assert judgement.cause_of("broker", verdicts) is None


def test_it_says_that_no_message_ever_arrived() -> None:
    never = silent("broker", "port 1883 is closed")._replace(age_seconds=None)

    problem = judgement.problem(never, [])

    assert problem is not None
    assert problem.startswith("no message of the canary was readable for 41 s: ")


def test_a_late_message_after_good_rounds_is_judged_by_its_age_alone() -> None:
    late = WELL._replace(age_seconds=41.0, quiet_seconds=41.0)

    sentence = "the newest readable message of the canary is 41 s old"
    assert judgement.problem(late, []) == sentence


def test_a_canary_that_hangs_is_a_problem_by_the_age_of_its_step() -> None:
    stuck = WELL._replace(doing="reading /api/data", step_seconds=25.0)

    sentence = "the canary hangs: it has been reading /api/data for 25 s"
    assert judgement.problem(stuck, []) == sentence


def test_the_api_is_broken_when_it_fails_for_longer_than_one_slow_answer() -> None:
    sentence = "/api/data has not answered for 6 s"
    assert judgement.api_is_broken(WELL._replace(api_failing_seconds=6.0)) == sentence
    assert judgement.api_is_broken(WELL._replace(api_failing_seconds=4.0)) is None
    assert judgement.api_is_broken(silent("pipeline", "after 8 s")) is None
    assert judgement.api_is_broken(None) is None


def test_a_canary_that_hangs_knows_nothing_about_the_api() -> None:
    stuck = WELL._replace(api_failing_seconds=60.0, doing="reading /api/data", step_seconds=25.0)

    assert judgement.api_is_broken(stuck) is None
