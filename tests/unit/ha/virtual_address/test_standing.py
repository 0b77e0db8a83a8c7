import pytest

from ha.virtual_address.standing import DEAD, DRAINED, GOOD, USELESS, standing_of, steady


def report(app: str) -> dict[str, object]:
    return {"twin": {"side": "b", "sides": {"a": {"app": "ready"}, "b": {"app": app}}}}


@pytest.mark.parametrize("app", ["ready", "not ready", "unreachable"])
def test_a_proxy_that_serves_is_good_whichever_app_it_sends_to(app: str) -> None:
    assert standing_of(200, report(app)) == GOOD


def test_a_drained_side_is_worse() -> None:
    assert standing_of(200, report("draining")) == DRAINED


@pytest.mark.parametrize("twin", [None, {}, {"side": "a"}, {"side": "a", "sides": {}}])
def test_a_proxy_that_does_not_know_its_twin_yet_is_good(twin: object) -> None:
    assert standing_of(200, {"twin": twin}) == GOOD


def test_a_proxy_without_an_app_is_worse_than_a_drained_one() -> None:
    assert standing_of(503, report("draining")) == USELESS
    assert DEAD.priority < USELESS.priority < DRAINED.priority < GOOD.priority == 0


def test_no_answer_is_the_worst() -> None:
    assert standing_of(None, {}) == DEAD


def test_a_restart_of_the_proxy_s_controller_does_not_move_the_address() -> None:
    assert steady([GOOD, DEAD, DEAD]) == GOOD


def test_three_bad_answers_count() -> None:
    assert steady([GOOD, DEAD, DEAD, DEAD]) == DEAD


def test_a_good_answer_counts_at_once() -> None:
    assert steady([DEAD, DEAD, GOOD]) == GOOD


def test_before_the_first_answer_the_other_vm_is_better() -> None:
    assert steady([]) == DEAD
