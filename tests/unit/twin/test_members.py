from itertools import pairwise, product

import pytest

from appliance.shared.twin import Twin
from qlines.twin.members import TIMES, host_of, next_step, promotion

WITH_WITNESS = Twin("a", "app", {"b": "vm-b:7444", "witness": "monitor:7444"})
WITHOUT = Twin("a", "app", {"b": "vm-b:7444"})
BEFORE = "127.0.0.1:27017"
A, B, W = (host_of(side) for side in ("a", "b", "witness"))


def member(number, host, votes=1, priority=1, **more):
    return {"_id": number, "host": host, "votes": votes, "priority": priority, **more}


def config(*members, settings=TIMES):
    return {"_id": "qlines", "version": 1, "members": list(members), "settings": dict(settings)}


ALONE = config(member(0, BEFORE), settings={})
SET_OF_THREE = config(member(0, A), member(1, B), member(2, W, 1, 0, hidden=True))


def grow(found, twin, states, own_host=A):
    """Return every configuration up to the one after which there is no step."""
    configs = [found]
    while len(configs) < 20:
        step = next_step(configs[-1], twin, states, own_host)
        if step is None:
            return configs
        configs.append(step.config)
        own_host = A
    raise AssertionError("it never ends")


def votes(found):
    return {one["host"]: one["votes"] for one in found["members"]}


def test_an_appliance_that_was_alone_becomes_a_set_of_three():
    last = grow(ALONE, WITH_WITNESS, {B: "SECONDARY", W: "SECONDARY"}, BEFORE)[-1]

    assert votes(last) == {A: 1, B: 1, W: 1}
    (witness,) = (one for one in last["members"] if one["host"] == W)
    assert (witness["hidden"], witness["priority"]) == (True, 0)
    assert last["settings"] == TIMES


def test_the_first_step_gives_this_member_the_address_of_its_side():
    step = next_step(ALONE, WITH_WITNESS, {}, BEFORE)

    assert [one["host"] for one in step.config["members"]] == [A]
    assert (step.config["version"], ALONE["members"][0]["host"]) == (2, BEFORE)


@pytest.mark.parametrize("state", ["STARTUP2", "RECOVERING", None])
def test_a_member_that_still_copies_the_data_does_not_vote(state):
    states = {W: "SECONDARY"} | ({B: state} if state else {})

    assert votes(grow(ALONE, WITH_WITNESS, states, BEFORE)[-1]) == {A: 1, B: 0, W: 0}


def test_without_a_witness_the_loss_of_the_other_side_stops_nothing():
    assert votes(grow(ALONE, WITHOUT, {B: "SECONDARY"}, BEFORE)[-1]) == {A: 1, B: 0}


def test_a_witness_that_is_forgotten_takes_the_vote_of_the_other_side_along():
    configs = grow(SET_OF_THREE, WITHOUT, {B: "SECONDARY", W: "SECONDARY"})

    assert votes(configs[-1]) == {A: 1, B: 0}


@pytest.mark.parametrize(
    ("states", "first"),
    [({B: "SECONDARY"}, {A: 1, B: 1, W: 0}), ({W: "SECONDARY"}, {A: 1, B: 0, W: 1})],
)
def test_of_a_witness_that_is_forgotten_the_vote_of_who_is_down_goes_first(states, first):
    configs = grow(SET_OF_THREE, WITHOUT, states)

    assert votes(configs[1]) == first
    assert votes(configs[-1]) == {A: 1, B: 0}


@pytest.mark.parametrize(
    ("found", "twin", "of_b", "of_witness"),
    [
        (found, twin, of_b, of_witness)
        for found, twin in (("three", True), ("three", False), ("two", True), ("one", True))
        for of_b in ("SECONDARY", "STARTUP2", None)
        for of_witness in ("SECONDARY", "STARTUP2", None)
        if found == "one" or of_b == "SECONDARY" or of_witness == "SECONDARY"
    ],
)
def test_no_step_takes_the_majority_from_the_members_that_are_up(found, twin, of_b, of_witness):
    """In a set of three with two down there is no primary, and so no step."""
    configs = {
        "three": SET_OF_THREE,
        "two": config(member(0, A), member(1, B, 0, 0), member(2, W, 0, 0, hidden=True)),
        "one": config(member(0, A)),
    }
    states = {host: state for host, state in ((B, of_b), (W, of_witness)) if state}
    up = {A, *(host for host, state in states.items() if state == "SECONDARY")}

    for after in grow(configs[found], WITH_WITNESS if twin else WITHOUT, states):
        voters = [host for host, vote in votes(after).items() if vote]
        assert len([host for host in voters if host in up]) * 2 > len(voters)


def test_a_side_that_comes_back_after_a_promotion_gets_its_vote_again():
    promoted = promotion(SET_OF_THREE, WITH_WITNESS).config
    assert votes(promoted) == {A: 1, B: 0, W: 0}

    assert votes(grow(promoted, WITH_WITNESS, {B: "SECONDARY", W: "SECONDARY"})[-1]) == {
        A: 1, B: 1, W: 1,
    }  # fmt: skip


STATES = ("SECONDARY", "STARTUP2", None)
FOUND = (
    ALONE,
    config(member(0, A)),
    config(member(0, A), member(1, B, 0, 0)),
    config(member(0, A), member(1, B, 0, 0), member(2, W, 1, 0, hidden=True)),
    SET_OF_THREE,
    config(member(0, A), member(1, B, 0, 0), member(2, W, 0, 0, hidden=True)),
)


@pytest.mark.parametrize(
    ("found", "twin", "of_b", "of_witness"),
    list(product(FOUND, (WITH_WITNESS, WITHOUT), STATES, STATES)),
)
def test_every_step_changes_one_voter_at_most_and_the_last_is_stable(found, twin, of_b, of_witness):
    states = {host: state for host, state in ((B, of_b), (W, of_witness)) if state}
    own_host = found["members"][0]["host"]

    configs = grow(found, twin, states, own_host)

    for before, after in pairwise(configs):
        changed = set(before_and_after(before, after))
        assert len(changed) <= 1
        assert after["version"] == before["version"] + 1
        assert votes(after)[A] == 1
    assert next_step(configs[-1], twin, states, A if len(configs) > 1 else own_host) is None


def before_and_after(before, after):
    """Yield each member whose vote is another one, by its id: an address may change."""
    by_id = [{one["_id"]: one["votes"] for one in found["members"]} for found in (before, after)]
    for number in by_id[0].keys() | by_id[1].keys():
        if by_id[0].get(number, 0) != by_id[1].get(number, 0):
            yield number
