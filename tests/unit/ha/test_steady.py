import pytest

from ha.steady import follow, seen
from ha.view import Condition, Observation, Role

READY, DRAINING, UNREADY, AWAY = (
    Condition.READY,
    Condition.DRAINING,
    Condition.UNREADY,
    Condition.UNREACHABLE,
)


def after(*observations):
    """Follow conditions or roles that are observed once a second."""
    track = None
    for at, one in enumerate(observations):
        observed = one if isinstance(one, Observation) else Observation(float(at), one)
        track = follow(track, observed)
    return seen(track, float(len(observations) - 1))


def active(at, since="1"):
    return Observation(float(at), READY, Role.ACTIVE, since)


def said(at, role):
    return Observation(float(at), READY, role)


@pytest.mark.parametrize(
    ("observed", "condition"),
    [
        ([READY], READY),
        ([AWAY], AWAY),
        ([READY, AWAY], READY),
        ([READY, AWAY, READY, AWAY, READY, AWAY], READY),
        ([READY, AWAY, AWAY], READY),
        ([READY, AWAY, AWAY, AWAY], AWAY),
        ([READY, AWAY, UNREADY, AWAY], AWAY),
        ([AWAY, READY, READY, READY], AWAY),
        ([AWAY, READY, READY, READY, READY], READY),
        ([AWAY, READY, AWAY, READY, READY, READY], AWAY),
        ([UNREADY, AWAY], AWAY),
        ([READY, DRAINING], DRAINING),
        ([READY, DRAINING, READY], READY),
        ([DRAINING, AWAY], AWAY),
    ],
)
def test_what_lasts_for_a_moment_changes_nothing_but_an_operator_counts_at_once(
    observed, condition
):
    assert after(*observed).condition is condition


def test_a_claim_grows_old_while_the_app_does_not_answer_or_does_not_know():
    app = after(active(0), active(1), said(2, Role.UNKNOWN), AWAY, AWAY)

    assert app.claimed_seconds_ago == 3.0
    assert app.active_seconds == 1.0
    assert app.is_active


def test_an_app_that_says_standby_has_no_claim_any_more():
    app = after(active(0), active(1), said(2, Role.STANDBY))

    assert not app.is_active
    assert app.reign == ""


def test_a_reign_goes_on_after_a_gap_and_another_one_begins_from_nothing():
    same = after(active(0), *[AWAY] * 8, active(9))
    other = after(active(0), active(1), active(2, since="2"))

    assert same.active_seconds == 9.0
    assert (other.reign, other.active_seconds) == ("2", 0.0)


def test_a_claim_without_the_name_of_its_reign_goes_on_only_if_it_comes_soon():
    soon = after(active(0, ""), active(1, ""), said(2, Role.UNKNOWN), active(3, ""))
    late = after(active(0, ""), *[AWAY] * 5, active(6, ""))

    assert soon.active_seconds == 3.0
    assert late.active_seconds == 0.0


def test_a_role_counts_for_people_once_it_has_lasted():
    assert after(active(0), said(1, Role.STANDBY)).role is Role.ACTIVE
    assert after(active(0), *[said(at, Role.STANDBY) for at in (1, 2, 3)]).role is Role.STANDBY
