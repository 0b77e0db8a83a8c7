import logging

from healthcheck import healing_budget
from healthcheck.checks import Verdict
from healthcheck.heal import BUDGET_SECONDS, MAX_RESTARTS, Patient, State, Vitality, decide


def hangs(name):
    return Verdict(name, "failed", None, "hangs")


def test_it_is_whole_when_nothing_was_restarted(tmp_path):
    assert healing_budget.load(tmp_path) == State()


def test_a_new_checker_goes_on_with_the_budget_of_the_one_before(tmp_path):
    used_up = Vitality(points=0.0, restarts=(100.0, 200.0, 300.0))
    assert len(used_up.restarts) == MAX_RESTARTS
    healing_budget.save(tmp_path, {"live": used_up, "cron": Vitality()})

    state, restarted, given_up = healing_budget.load(tmp_path), [], ()
    for second in range(301, 330):
        decision = decide(state, [hangs("live")], {"live": Patient()}, float(second))
        state, given_up = decision.state, decision.given_up
        restarted += [decision.restart] if decision.restart else []

    assert restarted == []
    assert "live was restarted 3 times" in given_up[0]
    later = 100.0 + BUDGET_SECONDS
    assert decide(state, [hangs("live")], {"live": Patient()}, later).restart == hangs("live")


def test_a_folder_that_cannot_be_written_stops_no_healing(tmp_path, caplog):
    (tmp_path / "file").touch()

    with caplog.at_level(logging.WARNING):
        healing_budget.save(tmp_path / "file", {"live": Vitality(restarts=(1.0,))})

    assert "would forget the budget" in caplog.text
