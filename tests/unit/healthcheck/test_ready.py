from healthcheck import ready
from healthcheck.checks import Verdict
from healthcheck.ready import Conditions
from qlines.maintenance import Maintenance
from qlines.programs import NAMES

STARTED = Conditions(has_started=True)
DRAINED = Maintenance(1_800_000_000.0, "new disk")


def verdicts(**statuses: str) -> list[Verdict]:
    """Return a verdict for every program, ok unless *statuses* says otherwise."""
    return [Verdict(name, statuses.get(name, "ok"), None, "…") for name in NAMES]


def test_users_may_come_when_all_is_well() -> None:
    assert ready.judge(verdicts(), STARTED) == ("ok", "")


def test_users_may_come_while_a_program_restarts_that_nobody_notices() -> None:
    unnoticed = dict.fromkeys(("redis", "kafka", "registry", "ingest", "writer", "live"), "failed")

    assert ready.judge(verdicts(**unnoticed), STARTED).status == "ok"


def test_users_go_elsewhere_while_they_cannot_sign_in_or_see_their_data() -> None:
    for name in ("mongodb", "clickhouse", "gunicorn", "mosquitto"):
        seen = ready.judge(verdicts(**{name: "failed"}), STARTED)

        assert seen == ("down", f"{name} is failed")


def test_the_reason_names_the_root_cause() -> None:
    blocked = Verdict("gunicorn", "blocked", "mongodb", "…")

    assert ready.in_words([blocked]) == "gunicorn is blocked by mongodb"


def test_it_is_starting_until_everything_needed_has_been_well_at_once() -> None:
    starting = Conditions(has_started=False)

    assert ready.judge(verdicts(kafka="starting"), starting) == ("starting", "kafka is starting")
    assert ready.judge(verdicts(live="starting"), starting).status == "ok"
    assert not ready.has_started(verdicts(init="blocked"))
    assert ready.has_started(verdicts(live="starting"))


def test_a_drained_appliance_says_so_even_while_it_starts() -> None:
    drained = Conditions(has_started=False, maintenance=DRAINED)

    assert ready.judge(verdicts(kafka="starting"), drained) == ("draining", "new disk")


def test_safe_mode_comes_before_everything() -> None:
    safe = Conditions(has_started=False, maintenance=DRAINED, safe_mode="5 starts failed")

    assert ready.judge(verdicts(kafka="failed"), safe) == ("safe mode", "5 starts failed")


def test_a_restore_comes_after_safe_mode_and_before_the_drain() -> None:
    restoring = Conditions(has_started=True, maintenance=DRAINED, restoring="swaps the folders")
    safe = restoring._replace(safe_mode="5 starts failed")

    assert ready.judge(verdicts(mongodb="blocked"), restoring) == ("restoring", "swaps the folders")
    assert ready.judge(verdicts(mongodb="blocked"), safe).status == "safe mode"


def test_users_go_elsewhere_when_the_data_cannot_be_read_although_every_program_answers() -> None:
    broken = Conditions(has_started=True, api_problem="/api/data answers 500")

    assert ready.judge(verdicts(), broken) == ("down", "/api/data answers 500")


def test_a_move_comes_before_the_drain() -> None:
    moving = Conditions(has_started=True, maintenance=DRAINED, moving="everything has moved")

    assert ready.judge(verdicts(gunicorn="blocked"), moving) == ("moving", "everything has moved")
