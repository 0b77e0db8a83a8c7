"""Leases on mongod of the image, by whose clock they end."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from pymongo.errors import OperationFailure

from qlines.clock import FakeClock
from qlines.store import lease
from qlines.store.lease import (
    LEASE_SECONDS,
    MARGIN_SECONDS,
    RENEW_SECONDS,
    FencedError,
    FencedLease,
    Lease,
    take,
)


@pytest.fixture(autouse=True)
def no_leases(db):
    db.leases.delete_many({})


def end(db, what):
    """Let the holder's time be over, as if it had been lost."""
    (document,) = db.leases.find({"_id": what})
    until = document["until"] - timedelta(seconds=LEASE_SECONDS)
    db.leases.update_one({"_id": what}, {"$set": {"until": until}})


def test_the_first_who_asks_holds_it_and_can_renew_it(db):
    assert [take(db, "cron", "node-1") for _ in range(2)] == ["node-1", "node-1"]
    assert take(db, "cron", "node-2") == "node-1"


def test_renewing_makes_it_last_longer(db):
    take(db, "cron", "node-1")
    end(db, "cron")
    before = db.leases.find_one({"_id": "cron"})["until"]

    take(db, "cron", "node-1")

    assert db.leases.find_one({"_id": "cron"})["until"] - before >= timedelta(seconds=LEASE_SECONDS)


def test_one_that_has_ended_is_taken_over(db):
    take(db, "cron", "node-1")
    end(db, "cron")

    assert take(db, "cron", "node-2") == "node-2"
    assert take(db, "cron", "node-1") == "node-2"


def test_leases_of_different_things_know_nothing_of_each_other(db):
    assert (take(db, "cron", "node-1"), take(db, "init", "node-2")) == ("node-1", "node-2")


def test_of_many_who_ask_at_once_one_holds_it(db):
    with ThreadPoolExecutor(8) as pool:
        holders = list(pool.map(lambda number: take(db, "cron", f"node-{number}"), range(8)))

    assert len(set(holders)) == 1


def test_a_node_asks_only_when_it_is_due(db):
    clock = FakeClock()
    own = Lease(db, "cron", "node-1", clock)
    assert own.is_held()
    db.leases.delete_many({})
    take(db, "cron", "node-2")

    assert own.is_held(), "nobody else may act before its time is over"
    clock.advance(RENEW_SECONDS)
    assert (own.is_held(), own.holder) == (False, "node-2")


def test_a_node_whose_answer_came_late_does_not_act(db, monkeypatch):
    clock = FakeClock()

    def take_slowly(*arguments):
        clock.advance(LEASE_SECONDS - MARGIN_SECONDS)
        return take(*arguments)

    monkeypatch.setattr(lease, "take", take_slowly)

    assert not Lease(db, "cron", "node-1", clock).is_held()


def test_a_lease_that_was_given_up_is_free(db):
    own = Lease(db, "init", "node-1", FakeClock())
    own.is_held()

    own.end()

    assert take(db, "init", "node-2") == "node-2"
    own.end()
    assert take(db, "init", "node-1") == "node-2", "what another one holds is not given up"


def fence_of(own):
    assert own.is_held()
    return own.claim.fence


def test_a_fence_rises_with_each_who_takes_the_lease_and_not_while_it_is_renewed(db):
    clock = FakeClock()
    first, restarted = (FencedLease(db, "alarms", "a", clock) for _ in range(2))
    other = FencedLease(db, "alarms", "b", clock)

    before = fence_of(first)
    clock.advance(RENEW_SECONDS)
    assert fence_of(first) == before

    assert fence_of(restarted) == before + 1
    restarted.end()
    assert fence_of(other) == before + 2
    other.begin_again()
    assert fence_of(other) == before + 3


def write_as(db, own, number):
    """Write something in a transaction of this claim."""
    with own.session.start_transaction():
        own.confirm()
        db.fenced.insert_one({"_id": number}, session=own.session)


def test_who_was_followed_by_another_writes_nothing_any_more(db):
    db.drop_collection("fenced")
    db.create_collection("fenced")
    former, next_one = (FencedLease(db, "alarms", "a", FakeClock()) for _ in range(2))
    fence_of(former)
    write_as(db, former, 1)
    fence_of(next_one)

    with pytest.raises(FencedError):
        write_as(db, former, 2)

    write_as(db, next_one, 3)
    assert [one["_id"] for one in db.fenced.find()] == [1, 3]


def test_a_transaction_that_a_killed_holder_left_open_holds_nobody_up_and_has_no_effect(db):
    db.drop_collection("fenced")
    db.create_collection("fenced")
    killed, restarted = (FencedLease(db, "alarms", "a", FakeClock()) for _ in range(2))
    fence_of(killed)
    killed.session.start_transaction()
    killed.confirm()
    db.fenced.insert_one({"_id": 1}, session=killed.session)

    fence_of(restarted)
    write_as(db, restarted, 2)

    with pytest.raises(OperationFailure):
        killed.session.commit_transaction()
    assert [one["_id"] for one in db.fenced.find()] == [2]
