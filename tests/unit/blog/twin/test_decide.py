"""What a blog of twins does next, over all that it may see."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from blog.twin.decide import asks_other, decide
from blog.twin.view import Database, Pull, Replication, Role, Seen, Step

FOLLOWING = Replication(
    is_receiving=True, is_connected=True, is_applying=True,
    received="1-1-7", applied="1-1-7", seconds_behind=0,
)  # fmt: skip
STANDBY = Database(is_writable=False, position="1-1-7", replication=FOLLOWING)
ALONE = Database(is_writable=False, position="1-1-7")
PRIMARY = Database(is_writable=True, position="1-1-7", is_confirmed=True)
DIVERGED = FOLLOWING._replace(is_receiving=False, is_connected=False, receive_error=1236)
SEEN = Seen(
    role=Role.REPLICA, own=STANDBY, other=None,
    is_complete=True, is_copying=False, may_copy=True, pull=Pull.DUE,
)  # fmt: skip


def step(role, own, other=None, **more):
    return decide(SEEN._replace(role=role, own=own, other=other, **more)).step


positions = st.builds("1-{}-{}".format, st.integers(1, 2), st.integers(1, 9)) | st.just("")
replications = st.builds(
    Replication, st.booleans(), st.booleans(), st.booleans(), positions, positions,
    st.none() | st.integers(0, 99), st.sampled_from([0, 1236, 2003]), st.sampled_from([0, 1032]),
    st.just("an error"),
)  # fmt: skip
databases = st.builds(Database, st.booleans(), positions, st.booleans(), st.none() | replications)
views = st.builds(
    Seen, st.sampled_from(Role), databases, st.none() | databases, st.booleans(), st.booleans(),
    st.booleans(), st.sampled_from(Pull),
)  # fmt: skip


@given(views)
def test_it_takes_changes_only_while_it_is_said_to_be_the_primary(seen):
    found = decide(seen).step

    if seen.role is not Role.PRIMARY:
        assert found is not Step.OPEN
        assert (found is Step.FENCE) == seen.own.is_writable


@given(views)
def test_it_never_copies_over_a_primary_nor_from_anything_else(seen):
    if decide(seen).step is Step.COPY:
        assert seen.role is Role.REPLICA
        assert not seen.own.is_writable
        assert seen.other
        assert seen.other.is_writable


@given(views)
def test_it_never_takes_over_with_less_than_the_other_one_or_beside_it(seen):
    if decide(seen).step is Step.OPEN:
        assert seen.is_complete
        assert not seen.is_copying
        if seen.other:
            assert not seen.other.is_writable
            assert seen.other.number <= seen.own.number


@given(views)
def test_files_are_fetched_before_a_promotion_only_by_what_has_followed(seen):
    if decide(seen).step is Step.PULL_FILES:
        assert seen.own.replication
        assert seen.other


@given(views)
def test_each_decision_says_what_the_blog_is(seen):
    assert decide(seen).sentence


def test_a_replica_that_has_everything_is_left_alone():
    found = decide(SEEN)

    assert found == (None, "is a replica and has every change", False)


@pytest.mark.parametrize(
    ("own", "more"),
    [
        (ALONE._replace(position=""), {}),
        (STANDBY._replace(replication=DIVERGED), {}),
        (STANDBY._replace(replication=FOLLOWING._replace(apply_error=1032)), {}),
        (STANDBY, {"is_complete": False}),
    ],
)
def test_a_new_a_diverged_and_a_half_copied_replica_copy_from_the_primary_only(own, more):
    assert step(Role.REPLICA, own, PRIMARY, **more) is Step.COPY
    assert step(Role.REPLICA, own, ALONE, **more) is None
    assert step(Role.REPLICA, own, None, **more) is None
    assert step(Role.REPLICA, own, PRIMARY, may_copy=False, **more) is None


def test_a_copy_that_failed_says_why_until_one_succeeds():
    diverged = SEEN._replace(
        own=STANDBY._replace(replication=DIVERGED), other=PRIMARY, copy_error="make room"
    )

    waits = decide(diverged._replace(may_copy=False))

    assert waits.step is None
    assert waits.sentence.endswith("the last copy failed: make room")
    assert waits.is_problem
    assert decide(diverged).is_problem
    assert decide(diverged._replace(is_copying=True)).is_problem
    assert not decide(diverged._replace(copy_error="")).is_problem


def test_an_old_primary_is_fenced_and_follows_the_new_one():
    assert step(Role.REPLICA, PRIMARY, PRIMARY) is Step.FENCE
    assert step(Role.REPLICA, ALONE, PRIMARY) is Step.FOLLOW
    assert step(Role.REPLICA, ALONE, ALONE) is None


def test_a_replica_whose_threads_have_stopped_is_started_again():
    stopped = FOLLOWING._replace(is_receiving=False, is_connected=False, receive_error=2003)

    assert step(Role.REPLICA, STANDBY._replace(replication=stopped)) is Step.RESUME


def test_a_promotion_goes_step_by_step():
    stopped = FOLLOWING._replace(is_receiving=False, is_connected=False)
    behind = stopped._replace(received="1-1-9")
    standing = STANDBY._replace(replication=stopped)

    assert step(Role.PRIMARY, STANDBY, ALONE._replace(position="1-1-9")) is None
    assert step(Role.PRIMARY, STANDBY, ALONE) is Step.STOP_RECEIVING
    assert step(Role.PRIMARY, STANDBY._replace(replication=behind), ALONE) is None
    assert step(Role.PRIMARY, standing, ALONE) is Step.PULL_FILES
    assert step(Role.PRIMARY, standing, ALONE, pull=Pull.RUNNING) is None
    assert step(Role.PRIMARY, standing, ALONE, pull=Pull.OVER) is Step.OPEN
    assert step(Role.PRIMARY, standing, None) is Step.OPEN
    assert step(Role.PRIMARY, PRIMARY) is None


def test_a_primary_that_returns_fetches_no_files_of_its_replica():
    assert step(Role.PRIMARY, ALONE, STANDBY) is Step.OPEN


def test_what_has_less_than_the_other_one_follows_it_before_it_takes_over():
    more = ALONE._replace(position="1-2-12")

    assert step(Role.PRIMARY, ALONE, more) is Step.FOLLOW
    stopped = FOLLOWING._replace(is_applying=False)
    assert step(Role.PRIMARY, STANDBY._replace(replication=stopped), more) is Step.RESUME
    refused = decide(
        SEEN._replace(role=Role.PRIMARY, own=STANDBY._replace(replication=DIVERGED), other=more)
    )
    assert refused.step is None
    assert "make the other VM active again" in refused.sentence


def test_half_a_copy_is_ended_and_never_becomes_the_primary():
    assert step(Role.PRIMARY, ALONE, is_copying=True) is Step.CANCEL_COPY
    refused = decide(SEEN._replace(role=Role.PRIMARY, own=ALONE, is_complete=False))
    assert refused.step is None
    assert refused.is_problem


def test_it_waits_while_the_other_one_still_takes_changes():
    found = decide(SEEN._replace(role=Role.PRIMARY, own=ALONE, other=PRIMARY))

    assert found.step is None
    assert "until the other one is read-only" in found.sentence


@pytest.mark.parametrize(
    ("replication", "sentence", "is_problem"),
    [
        (FOLLOWING._replace(seconds_behind=60), "is a replica, 60 s behind", False),
        (FOLLOWING._replace(seconds_behind=61), "is a replica, 61 s behind", True),
        (
            FOLLOWING._replace(is_connected=False, error="no route"),
            "is a replica that cannot reach the other VM no route", True,
        ),
    ],
)  # fmt: skip
def test_a_replica_says_how_far_behind_it_is(replication, sentence, is_problem):
    found = decide(SEEN._replace(own=STANDBY._replace(replication=replication)))

    assert (found.sentence, found.is_problem) == (sentence, is_problem)


def test_the_other_side_is_asked_only_where_it_matters():
    assert not asks_other(Role.PRIMARY, PRIMARY, is_complete=True)
    assert not asks_other(Role.REPLICA, STANDBY, is_complete=True)
    assert not asks_other(Role.READ_ONLY, ALONE, is_complete=True)
    assert asks_other(Role.PRIMARY, STANDBY, is_complete=True)
    assert asks_other(Role.REPLICA, ALONE, is_complete=True)
    assert asks_other(Role.REPLICA, STANDBY, is_complete=False)


def test_the_number_of_a_change_is_that_of_the_pairs_domain():
    assert Database(is_writable=False, position="0-1-99,1-2-14").number == 14
    assert Database(is_writable=False, position="").number == 0
