import pytest
from hypothesis import given
from hypothesis import strategies as st

from blog.twin.decide import asks_other, decide
from blog.twin.view import NOT_IN_HISTORY, Database, Pull, Replication, Role, Seen, Step

FOLLOWS = Replication(
    is_receiving=True, is_connected=True, is_applying=True,
    received="1-1-7", applied="1-1-7", seconds_behind=0,
)  # fmt: skip
STOPPED = FOLLOWS._replace(is_receiving=False, is_connected=False)
OPEN, CLOSED = Database(True, "1-1-7"), Database(False, "1-1-7")


def seen(role, own=CLOSED, other=None, **more):
    """Return what is seen by a side whose data are whole and that copies nothing."""
    facts = {"is_complete": True, "is_copying": False, "may_copy": True, "pull": Pull.OVER}
    return Seen(role, own, other, **(facts | more))


positions = st.sampled_from(["", "0-1-3", "1-1-7", "1-2-9", "0-1-3,1-1-7"])
gtids = st.sampled_from(["", "1-1-7", "1-2-9"])
replications = st.builds(
    Replication, st.booleans(), st.booleans(), st.booleans(), gtids, gtids,
    st.none() | st.integers(0, 100), st.sampled_from([0, NOT_IN_HISTORY, 2003]),
    st.sampled_from([0, 1062]), st.sampled_from(["", "why"]),
)  # fmt: skip
databases = st.builds(Database, st.booleans(), positions, st.booleans(), st.none() | replications)
views = st.builds(
    Seen, st.sampled_from(Role), databases, st.none() | databases, st.booleans(), st.booleans(),
    st.booleans(), st.sampled_from(Pull),
)  # fmt: skip


@given(views)
def test_only_a_side_that_is_to_be_the_primary_is_opened(view):
    if decide(view).step is Step.OPEN:
        assert view.role is Role.PRIMARY
        assert view.is_complete
        assert not (view.other and view.other.is_writable)


@given(views)
def test_a_side_that_takes_changes_without_being_the_primary_is_fenced_first(view):
    if view.own.is_writable and view.role is not Role.PRIMARY:
        assert decide(view).step is Step.FENCE


@given(views)
def test_only_a_replica_is_replaced_and_only_by_a_side_that_takes_changes(view):
    if decide(view).step is Step.COPY:
        assert view.role is Role.REPLICA
        assert not view.own.is_writable
        assert view.other
        assert view.other.is_writable


@given(views)
def test_a_side_that_lacks_changes_of_the_other_is_not_opened(view):
    if decide(view).step is Step.OPEN and view.other:
        assert view.own.number >= view.other.number


@given(views)
def test_a_decision_says_what_the_blog_is(view):
    assert decide(view).sentence


@pytest.mark.parametrize(
    ("view", "step"),
    [
        (seen(Role.REPLICA, CLOSED._replace(position=""), OPEN), Step.COPY),
        (seen(Role.REPLICA, CLOSED._replace(position=""), CLOSED), None),
        (seen(Role.REPLICA, CLOSED, OPEN), Step.FOLLOW),
        (seen(Role.REPLICA, CLOSED._replace(replication=STOPPED)), Step.RESUME),
        (seen(Role.REPLICA, CLOSED._replace(replication=FOLLOWS)), None),
        (seen(Role.REPLICA, CLOSED, OPEN, is_complete=False, may_copy=False), None),
        (seen(Role.REPLICA, CLOSED._replace(
            replication=STOPPED._replace(receive_error=NOT_IN_HISTORY)), OPEN), Step.COPY),
        (seen(Role.PRIMARY, is_copying=True), Step.CANCEL_COPY),
        (seen(Role.PRIMARY, is_complete=False), None),
        (seen(Role.PRIMARY, CLOSED, OPEN), None),
        (seen(Role.PRIMARY, CLOSED, CLOSED._replace(position="1-2-9")), Step.FOLLOW),
        (seen(Role.PRIMARY, CLOSED._replace(replication=FOLLOWS), CLOSED), Step.STOP_RECEIVING),
        (seen(Role.PRIMARY, CLOSED._replace(
            replication=STOPPED._replace(received="1-2-9")), CLOSED), None),
        (seen(Role.PRIMARY, CLOSED, CLOSED, pull=Pull.DUE), Step.PULL_FILES),
        (seen(Role.PRIMARY, CLOSED, CLOSED, pull=Pull.RUNNING), None),
        (seen(Role.PRIMARY, CLOSED, None, pull=Pull.DUE), Step.OPEN),
        (seen(Role.PRIMARY, OPEN), None),
        (seen(Role.READ_ONLY), None),
    ],
)  # fmt: skip
def test_the_table_holds(view, step):
    assert decide(view).step is step


@pytest.mark.parametrize(
    ("own", "problem"),
    [
        (CLOSED._replace(replication=FOLLOWS), False),
        (CLOSED._replace(replication=FOLLOWS._replace(seconds_behind=60)), False),
        (CLOSED._replace(replication=FOLLOWS._replace(seconds_behind=61)), True),
        (CLOSED._replace(replication=FOLLOWS._replace(is_connected=False)), True),
    ],
)
def test_a_replica_that_is_a_minute_behind_or_cut_off_is_a_problem(own, problem):
    assert decide(seen(Role.REPLICA, own)).is_problem is problem


def test_the_other_side_is_asked_only_where_the_answer_matters():
    assert asks_other(Role.PRIMARY, CLOSED, is_complete=True)
    assert not asks_other(Role.PRIMARY, OPEN, is_complete=True)
    assert not asks_other(Role.REPLICA, CLOSED._replace(replication=FOLLOWS), is_complete=True)
    assert asks_other(Role.REPLICA, CLOSED._replace(replication=FOLLOWS), is_complete=False)
    assert asks_other(Role.REPLICA, CLOSED, is_complete=True)
    assert not asks_other(Role.READ_ONLY, CLOSED, is_complete=True)
