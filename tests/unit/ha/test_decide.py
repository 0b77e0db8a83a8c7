import pytest
from hypothesis import assume, given

from ha.decide import PROMOTION_SECONDS, decide
from ha.view import LEASE_SECONDS, BlogRole, Condition, Decision, Role
from tests.unit.ha.views import decisions, seen, view, views

READY, DRAINING, UNREADY, AWAY = (
    Condition.READY,
    Condition.DRAINING,
    Condition.UNREADY,
    Condition.UNREACHABLE,
)
ACTIVE = seen(role=Role.ACTIVE)
STANDBY = seen()


def before(*app, role=BlogRole.READ_ONLY, reign=""):
    return Decision(
        app=app or ("a", "b"), mqtt=("a", "b"), blog=app or ("a", "b"), blog_role=role, reign=reign
    )


UNKNOWN = "serves people as before, which app is active is not known"
BECAUSE = "serves people because the app of"
STILL = "people are sent to b as before, both apps are"


@pytest.mark.parametrize(
    ("own", "other", "was", "app", "reason"),
    [
        (ACTIVE, STANDBY, None, "ab", "a serves people as the active one, b stands by"),
        (STANDBY, ACTIVE, None, "ba", "b serves people as the active one, a stands by"),
        (STANDBY, STANDBY, "ba", "ba", f"b {UNKNOWN}"),
        (ACTIVE, ACTIVE, "ba", "ba", f"b {UNKNOWN}"),
        (STANDBY, STANDBY, None, "ab", f"a {UNKNOWN}"),
        (seen(UNREADY), STANDBY, "ab", "ba", f"b {BECAUSE} a is not ready"),
        (seen(AWAY), STANDBY, "ab", "ba", f"b {BECAUSE} a is unreachable"),
        (seen(AWAY), ACTIVE, "ab", "ba", f"b {BECAUSE} a is unreachable"),
        (seen(DRAINING, Role.ACTIVE), STANDBY, "ab", "b", "b serves people while a is drained"),
        (STANDBY, seen(DRAINING), "ab", "a", "a serves people while b is drained"),
        (seen(DRAINING), seen(UNREADY), "ba", "ab", f"a {BECAUSE} b is not ready"),
        (seen(DRAINING), seen(DRAINING), "ba", "ba", f"{STILL} draining"),
        (seen(AWAY), seen(AWAY), "ba", "ba", f"{STILL} unreachable"),
        (seen(UNREADY), seen(AWAY), "ba", "ab", f"a {BECAUSE} b is unreachable"),
    ],
)  # fmt: skip
def test_every_row_of_the_table_says_whom_people_are_sent_to_and_why(own, other, was, app, reason):
    decision = decide(view(own, other), before(*was) if was else None)

    assert decision.app == tuple(app)
    assert decision.reason == reason
    assert decision.sentence.startswith(reason)


@pytest.mark.parametrize(
    ("own", "other", "mqtt"),
    [
        (STANDBY, ACTIVE, "ab"),
        (seen(UNREADY), ACTIVE, "ab"),
        (seen(AWAY), ACTIVE, "ba"),
        (seen(AWAY), seen(AWAY), "ab"),
        (seen(DRAINING), ACTIVE, "b"),
        (seen(DRAINING), seen(UNREADY), "ab"),
        (STANDBY, seen(DRAINING), "a"),
    ],
)
def test_devices_stay_with_their_own_side_unless_it_is_away_or_drained(own, other, mqtt):
    assert decide(view(own, other), None).mqtt == tuple(mqtt)


@pytest.mark.parametrize(
    ("own", "other", "blogs", "blog"),
    [
        (ACTIVE, STANDBY, (READY, READY), "ab"),
        (STANDBY, ACTIVE, (READY, READY), "ba"),
        (ACTIVE, STANDBY, (UNREADY, READY), "ba"),
        (STANDBY, ACTIVE, (READY, AWAY), "ab"),
        (seen(DRAINING, Role.ACTIVE), STANDBY, (READY, READY), "b"),
        (seen(DRAINING, Role.ACTIVE), STANDBY, (READY, AWAY), "ab"),
        (STANDBY, seen(DRAINING), (READY, READY), "a"),
    ],
)
def test_the_blog_is_served_by_the_ready_one_of_the_active_side(own, other, blogs, blog):
    assert decide(view(own, other, blogs=blogs), None).blog == tuple(blog)


@pytest.mark.parametrize(
    ("own", "other", "was", "role", "sentence"),
    [
        (ACTIVE, STANDBY, None, "primary", "is the primary because its app is active"),
        (seen(role=Role.ACTIVE, active=14.9), STANDBY, None, "read-only", "waits until"),
        (seen(role=Role.ACTIVE, active=14.9), STANDBY, "replica", "replica", "waits until"),
        (seen(role=Role.ACTIVE, active=0.0), STANDBY, "primary", "primary", "is the primary"),
        (seen(AWAY, Role.ACTIVE, ago=9.9), STANDBY, "primary", "primary", "is the primary"),
        (seen(AWAY, Role.ACTIVE, ago=10.1), STANDBY, "primary", "read-only", "no app is active"),
        (STANDBY, STANDBY, "primary", "read-only", "is read-only because no app is active"),
        (STANDBY, STANDBY, "replica", "replica", "stays a replica, no app is active"),
        (STANDBY, ACTIVE, "primary", "replica", "is a replica because the app of b is active"),
        (ACTIVE, ACTIVE, "primary", "read-only", "both apps say that they are active"),
    ],
)
def test_the_blog_s_role_follows_the_active_app_and_says_why(own, other, was, role, sentence):
    decision = decide(view(own, other), before(role=BlogRole(was), reign="r1") if was else None)

    assert decision.blog_role == role
    assert sentence in decision.blog_reason


def test_a_primary_of_an_earlier_reign_waits_like_any_other():
    again = seen(role=Role.ACTIVE, active=1.0, reign="r2")

    decision = decide(view(again, STANDBY), before(role=BlogRole.PRIMARY, reign="r1"))

    assert decision.blog_role is BlogRole.READ_ONLY


def test_a_lease_is_as_long_as_the_claim_that_it_rests_on_is_good():
    decision = decide(
        view(seen(AWAY, Role.ACTIVE, ago=4.0), STANDBY), before(role=BlogRole.PRIMARY, reign="r1")
    )

    assert decision.lease_seconds == LEASE_SECONDS - 4.0


@given(views, decisions)
def test_a_drained_side_gets_nothing_while_the_other_one_is_ready(given_view, was):
    decision = decide(given_view, was)

    for side, other in (("a", "b"), ("b", "a")):
        if given_view.apps[side].condition is not DRAINING:
            continue
        if given_view.apps[other].condition is READY:
            assert side not in decision.app
            assert side not in decision.mqtt
            if given_view.blogs[other] is READY:
                assert side not in decision.blog


@given(views, decisions)
def test_somebody_is_always_asked_and_nobody_twice(given_view, was):
    decision = decide(given_view, was)

    for sides in (decision.app, decision.mqtt, decision.blog):
        assert sides
        assert len(set(sides)) == len(sides)


@given(views, decisions)
def test_people_are_sent_to_a_ready_app_first_if_there_is_one(given_view, was):
    conditions = {side: app.condition for side, app in given_view.apps.items()}
    assume(READY in conditions.values())

    assert conditions[decide(given_view, was).app[0]] is READY


@given(views, decisions)
def test_a_decision_stays_the_same_while_nothing_changes(given_view, was):
    first = decide(given_view, was)

    assert decide(given_view, first) == first


@given(views, decisions)
def test_only_the_blog_of_an_app_that_claims_a_reign_is_primary(given_view, was):
    decision = decide(given_view, was)
    own, other = given_view.apps["a"], given_view.apps["b"]

    if decision.blog_role is BlogRole.PRIMARY:
        assert own.claimed_seconds_ago <= LEASE_SECONDS
        assert other.claimed_seconds_ago > LEASE_SECONDS
        assert 0 <= decision.lease_seconds <= LEASE_SECONDS
        is_new = was is None or was.blog_role is not BlogRole.PRIMARY or was.reign != own.reign
        assert not is_new or own.active_seconds >= PROMOTION_SECONDS


@given(views, decisions)
def test_every_decision_is_one_sentence(given_view, was):
    sentence = decide(given_view, was).sentence

    assert sentence[0].islower()
    assert not sentence.endswith(".")
    assert "\n" not in sentence
