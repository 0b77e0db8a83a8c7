"""Whose turn it is: one person's receivers that hang leave the workers to everybody else."""

from datetime import timedelta

import pytest
from bson import ObjectId

from qlines.jobs.dispatch import dispatcher
from qlines.jobs.dispatch.dispatcher import Dispatcher
from qlines.jobs.queue import MESSAGES, MESSAGES_SLOW
from qlines.store import channels
from tests.fakes.alarm_messages import ALICE, BOB, Stage


@pytest.fixture
def stage():
    return Stage()


def hanging(stage, monkeypatch, seconds=20):
    """Let each attempt take so long; return the addresses that were tried."""
    send = stage._send
    monkeypatch.setattr(
        stage, "_send", lambda *given: (stage.advance(seconds=seconds), send(*given))[1]
    )
    return stage.addresses


def due_everywhere(stage, count, owner=ALICE):
    """Return so many webhooks of a person, each of which is to have a message."""
    made = [
        stage.add_channel(owner, "webhook", {"url": f"https://{owner}.example/{number}"})
        for number in range(count)
    ]
    stage.raise_alarm(stage.add_rule(owner))
    stage.plan()
    return made


def test_one_job_sends_to_all_channels_of_a_person_what_is_due_for_longest_first(stage):
    first, second = due_everywhere(stage, 2)
    stage.db.notifications.update_one(
        {"channel": second["_id"]}, {"$set": {"due_at": stage.now - timedelta(seconds=1)}}
    )

    assert stage.delivery().run(ALICE, is_slow=False) == "2 messages were tried"
    assert stage.addresses == [second["settings"], first["settings"]]


def test_a_receiver_that_hangs_ends_the_turn_and_is_one_for_the_slow_job(stage, monkeypatch):
    made = due_everywhere(stage, 50)
    tried = hanging(stage, monkeypatch)

    stage.delivery().run(ALICE, is_slow=False)
    stage.delivery().run(ALICE, is_slow=False)

    assert tried == [one["settings"] for one in made[:2]], "one attempt each time"
    slow = [one["is_slow"] for one in channels.of_owner(stage.db, ALICE) if "is_slow" in one]
    assert slow == [True, True]


def test_the_slow_job_has_those_that_are_slow_and_only_those(stage, monkeypatch):
    quick, slow = due_everywhere(stage, 2)
    channels.note_speed(stage.db, slow, is_slow=True)

    stage.delivery().run(ALICE, is_slow=True)
    assert stage.addresses == [slow["settings"]]
    assert "is_slow" not in channels.by_id(stage.db, quick["_id"])
    assert channels.by_id(stage.db, slow["_id"])["is_slow"] is False, "it was quick this time"


def test_fifty_receivers_of_a_person_that_hang_leave_a_worker_to_everybody_else(stage, monkeypatch):
    due_everywhere(stage, 50)
    due_everywhere(stage, 1, BOB)
    tried = hanging(stage, monkeypatch)
    queues = {MESSAGES: [], MESSAGES_SLOW: []}

    def enqueue(_redis, owner, *, is_slow):
        queue = queues[MESSAGES_SLOW if is_slow else MESSAGES]
        if owner not in queue:
            queue.append(owner)

    monkeypatch.setattr(dispatcher, "enqueue_delivery", enqueue)
    Dispatcher(stage.db, None, stage.clock, {}).run_once()
    assert queues == {MESSAGES: [str(ALICE), str(BOB)], MESSAGES_SLOW: []}
    began_at = stage.now

    stage.delivery().run(ObjectId(queues[MESSAGES].pop(0)), is_slow=False)
    assert len(tried) == 1
    assert stage.now - began_at == timedelta(seconds=20), "even the same worker is Bob's then"
    stage.delivery().run(ObjectId(queues[MESSAGES].pop(0)), is_slow=False)
    assert tried[-1]["url"] == f"https://{BOB}.example/0"


def test_a_turn_of_the_slow_job_ends_too(stage, monkeypatch):
    for one in due_everywhere(stage, 10):
        channels.note_speed(stage.db, one, is_slow=True)
    tried = hanging(stage, monkeypatch)

    assert stage.delivery().run(ALICE, is_slow=True) == "2 messages were tried"
    assert len(tried) == 2


def test_a_channel_of_which_another_job_has_hold_does_not_keep_the_others_waiting(stage):
    taken, free = due_everywhere(stage, 2)
    until = stage.now + timedelta(minutes=1)
    channels.occupy(stage.db, taken["_id"], "another job", stage.now, until)

    assert stage.delivery().run(ALICE, is_slow=False) == "1 messages were tried"
    assert stage.addresses == [free["settings"]]
