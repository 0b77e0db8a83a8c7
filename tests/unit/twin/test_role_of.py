from datetime import UTC, datetime, timedelta

from appliance.shared.twin import Twin
from qlines.role import Member, Role
from qlines.twin.role_of import NO_PRIMARY, continued, role_of

TWIN = Twin("a", "app", {"b": "vm-b:7444", "witness": "monitor:7444"})
NOW = datetime(2026, 11, 26, tzinfo=UTC)


def status(*, term=4, **states):
    addresses = {"a": "127.0.1.1:27017", "b": "127.0.1.2:27017", "witness": "127.0.1.3:27017"}
    return {
        "term": term,
        "members": [
            {
                "name": addresses[side],
                "stateStr": state,
                "health": 0 if state == "(not reachable/healthy)" else 1,
                "optimeDate": NOW - timedelta(seconds=behind),
            }
            for side, (state, behind) in states.items()
        ],
    }


ALL = status(a=("PRIMARY", 0), b=("SECONDARY", 2), witness=("SECONDARY", 0))
AWAY = ("(not reachable/healthy)", 0)


def test_the_side_with_the_primary_is_active():
    role = role_of(TWIN, {"isWritablePrimary": True}, ALL, 5.0)

    assert role == Role(
        "active", 5.0, 5.0, "this side is active, and the other side has all data",
        (Member("a", "PRIMARY", 0), Member("b", "SECONDARY", 2), Member("witness", "SECONDARY", 0)),
        4,
    )  # fmt: skip


def test_an_active_side_says_what_is_missing_for_a_failover():
    def sentence(**states):
        return role_of(TWIN, {"isWritablePrimary": True}, status(**states), 5.0).sentence

    mine, well = ("PRIMARY", 0), ("SECONDARY", 0)
    assert sentence(a=mine, b=well, witness=AWAY).endswith("nothing fails over by itself")
    assert "side b cannot be reached" in sentence(a=mine, b=AWAY, witness=well)
    assert "side b and the witness cannot" in sentence(a=mine, b=AWAY, witness=AWAY)


def test_the_other_side_names_the_active_one_and_how_far_it_is_behind():
    hello = {"isWritablePrimary": False, "primary": "127.0.1.2:27017"}
    found = status(a=("SECONDARY", 7), b=("PRIMARY", 0), witness=("SECONDARY", 0))

    role = role_of(TWIN, hello, found, 5.0)

    assert (role.role, role.sentence) == ("standby", "side b is active, this side is 7 s behind")


def test_without_a_primary_the_role_is_unknown():
    role = role_of(TWIN, {"isWritablePrimary": False}, status(a=("SECONDARY", 0), b=AWAY), 5.0)

    assert (role.role, role.sentence) == ("unknown", NO_PRIMARY)


def test_a_side_that_is_not_in_the_set_yet_waits():
    assert "waits to be taken" in role_of(TWIN, {"isWritablePrimary": False}, None, 5.0).sentence


def test_a_role_lasts_since_it_began():
    first = role_of(TWIN, {"isWritablePrimary": True}, ALL, 5.0)
    second = role_of(TWIN, {"isWritablePrimary": True}, ALL, 9.0)

    assert continued(first, None).since == 5.0
    assert (continued(second, first).since, continued(second, first).at) == (5.0, 9.0)
    assert continued(second, first._replace(role="standby")).since == 9.0


def test_without_a_paired_witness_it_says_that_nothing_fails_over_by_itself():
    alone = Twin("a", "app", {"b": "vm-b:7444"})
    found = status(a=("PRIMARY", 0), b=("SECONDARY", 0))

    sentence = role_of(alone, {"isWritablePrimary": True}, found, 5.0).sentence

    assert "has all data; without a witness nothing fails over by itself" in sentence


def test_a_member_that_copies_its_data_is_behind_by_no_time_at_all():
    found = status(a=("PRIMARY", 0), b=("STARTUP2", 1_795_722_372), witness=AWAY)

    role = role_of(TWIN, {"isWritablePrimary": True}, found, 5.0)

    assert [one.behind_seconds for one in role.members] == [0, None, None]
    assert role.sentence == (
        "this side is active, and nothing can take over: the witness cannot be reached, side b is"
        " still copying the data"
    )
