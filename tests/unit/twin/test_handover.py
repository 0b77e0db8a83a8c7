import pytest

from appliance.shared.twin import Twin
from qlines.role import Member, Role
from qlines.twin.handover import (
    STEP_DOWN_SECONDS,
    NotNowError,
    hand_over,
    promote,
    refusal,
    warning,
)
from qlines.twin.members import host_of

TWIN = Twin("b", "app", {"a": "vm-a:7444"})
GONE = Role("unknown", 3.0, 9.0, "no side has the majority", (Member("b", "SECONDARY", 4.0),))


class FakeSet:
    def __init__(self, votes=None):
        self._votes = votes or {"a": 1, "b": 1}
        self.stepped_down, self.changes = [], []

    def step_down(self, seconds):
        self.stepped_down.append(seconds)

    def config(self):
        members = [
            {"_id": number, "host": host_of(side), "votes": votes, "priority": votes}
            for number, (side, votes) in enumerate(self._votes.items())
        ]
        return {"version": 4, "members": members}

    def change(self, config, *, is_forced=False):
        self.changes.append((config, is_forced))


BOTH = (Member("a", "SECONDARY", 0.0), Member("b", "PRIMARY", 0.0))
HERE = Role("active", 3.0, 9.0, "this side is active", BOTH)


def test_only_the_active_side_has_a_role_to_hand_over():
    mongodb = FakeSet()

    assert not hand_over(mongodb, TWIN, GONE)
    assert hand_over(mongodb, TWIN, HERE)
    assert mongodb.stepped_down == [STEP_DOWN_SECONDS]


def test_a_side_that_has_not_all_data_gets_no_role():
    copies = HERE._replace(members=(Member("a", "STARTUP2", None), BOTH[1]))

    with pytest.raises(NotNowError, match="side a has not all data yet"):
        hand_over(FakeSet(), TWIN, copies)


def test_without_a_witness_the_other_side_gets_a_vote_first():
    mongodb = FakeSet(votes={"a": 0, "b": 1})

    hand_over(mongodb, TWIN, HERE)

    (config, is_forced) = mongodb.changes[0]
    assert not is_forced
    assert [member["votes"] for member in config["members"]] == [1, 1]


def test_a_promotion_gives_this_side_the_only_vote_by_force():
    mongodb = FakeSet()

    promote(mongodb, TWIN, GONE)

    ((config, is_forced),) = mongodb.changes
    assert is_forced
    assert {one["host"]: one["votes"] for one in config["members"]} == {
        host_of("a"): 0, host_of("b"): 1,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("role", "reason"), [("active", "is active already"), ("standby", "`qlines drain` over there")]
)
def test_a_promotion_that_makes_no_sense_is_refused(role, reason):
    mongodb = FakeSet()

    with pytest.raises(NotNowError, match=reason):
        promote(mongodb, TWIN, GONE._replace(role=role))
    assert mongodb.changes == []
    assert refusal(GONE) is None


def test_the_warning_says_what_may_be_lost_and_what_must_be_off():
    text = warning(TWIN, GONE)

    assert "was 4 s behind" in text
    assert "Side a must be off" in text
