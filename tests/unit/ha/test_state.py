import pytest
from hypothesis import given

from ha import state
from ha.decide import decide
from ha.view import BlogRole, Condition, Decision, Role
from tests.unit.ha.views import seen, view, views

ACTIVE, STANDBY = seen(role=Role.ACTIVE), seen()
AWAY = seen(Condition.UNREACHABLE)._replace(reason="refused")


def document(given_view, peer=None):
    return state.document(given_view, decide(given_view, None), 12.0, peer)


def test_the_state_has_each_side_and_the_sentence():
    found = document(view(ACTIVE, STANDBY), {"blog_role": "replica"})

    assert found["side"] == "a"
    assert found["active"] == "a"
    assert found["since"] == 12.0
    assert found["sides"]["a"] == {
        "app": "ready",
        "role": "active",
        "blog": "ready",
        "blog_role": "primary",
    }
    assert found["sides"]["b"]["blog_role"] == "replica"
    assert found["upstreams"] == {"app": ["a", "b"], "mqtt": ["a", "b"], "blog": ["a", "b"]}
    assert found["problems"] == []


@pytest.mark.parametrize(
    ("given_view", "problems"),
    [
        (view(ACTIVE, AWAY), ["the app of b is unreachable (refused)"]),
        (view(ACTIVE, AWAY, link=False), [state.CUT.format(side="b")]),
        (view(seen(Condition.DRAINING, Role.ACTIVE), STANDBY), []),
        (view(STANDBY, AWAY, link=False), [state.CUT.format(side="b")]),
        (
            view(seen(role=Role.UNKNOWN), AWAY, link=False),
            [
                state.CUT.format(side="b"),
                "no app is active: users and devices cannot be changed",
            ],
        ),
        (view(STANDBY, STANDBY), ["no app is active: users and devices cannot be changed"]),
        (
            view(ACTIVE, ACTIVE),
            ["both apps say that they are active: this must end within seconds"],
        ),
    ],
)
def test_what_an_operator_should_know_is_a_sentence(given_view, problems):
    assert document(given_view)["problems"] == problems


def test_a_role_is_given_for_as_long_as_its_lease_lasts():
    primary = Decision(("a",), ("a",), ("a",), BlogRole.PRIMARY, 6.0, blog_reason="because")

    assert state.blog_role(primary, 2.5) == {
        "role": "primary",
        "sentence": "because",
        "valid_seconds": 3.5,
    }
    late = state.blog_role(primary, 6.0)
    assert late["role"] == "read-only"
    assert "nobody has confirmed for 6 s" in late["sentence"]


@given(views)
def test_a_decision_is_the_same_after_a_restart(given_view):
    decision = decide(given_view, None)

    assert state.from_memory(state.to_memory(decision)) == decision


@pytest.mark.parametrize("broken", [{}, {"app": None}, {"app": [], "mqtt": [], "blog": []}])
def test_a_memory_of_another_shape_is_refused(broken):
    with pytest.raises((KeyError, TypeError, ValueError)):
        state.from_memory(broken)


@pytest.mark.parametrize(
    ("there", "sentences"),
    [
        (1_000.0, []),
        (1_002.4, []),
        (1_005.0, [state.CLOCKS.format(side="b", seconds=5.0)]),
        (995.0, [state.CLOCKS.format(side="b", seconds=-5.0)]),
        (None, []),
    ],
)
def test_clocks_that_differ_are_said(there, sentences):
    assert state.clock_problems(view(ACTIVE, STANDBY), {"time": there}, 1_000.0) == sentences
    assert state.clock_problems(view(ACTIVE, STANDBY), None, 1_000.0) == []
