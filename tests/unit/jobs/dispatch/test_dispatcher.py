"""The dispatcher plans what is new and wakes who sends what is due."""

from unittest.mock import MagicMock

import pytest

from qlines.errors import StoreUnavailableError
from qlines.jobs.dispatch import dispatcher as module
from qlines.jobs.dispatch.dispatcher import Dispatcher
from qlines.messengers import result
from qlines.store import alarm_events, channels, mail_outage
from tests.fakes.alarm_messages import ALICE, BOB


@pytest.fixture
def woken(monkeypatch):
    """Return the people for whom a job was enqueued, each with whether it is the slow one."""
    woken = []
    monkeypatch.setattr(
        module,
        "enqueue_delivery",
        lambda _redis, owner, *, is_slow: woken.append((owner, is_slow)),
    )
    return woken


@pytest.fixture
def dispatcher(stage, woken):
    assert woken == []
    return Dispatcher(stage.db, MagicMock(), stage.clock, {})


def test_an_event_is_planned_once_and_the_sender_woken_at_once(stage, dispatcher, woken):
    stage.add_channel()
    stage.raise_alarm()

    assert dispatcher.run_once() is False
    dispatcher.run_once()

    assert len(stage.outbox()) == 1
    assert alarm_events.unplanned(stage.db, 10) == []
    assert set(woken) == {(str(ALICE), False)}


def test_what_two_planned_at_the_same_time_is_there_once(stage, dispatcher):
    stage.add_channel()
    stage.raise_alarm()
    stage.plan()
    stage.db.alarm_events.update_many({}, {"$set": {"planned": False}})

    dispatcher.run_once()

    assert len(stage.outbox()) == 1


def test_the_storm_of_one_owner_delays_the_planning_of_nobody_else(stage, dispatcher, monkeypatch):
    monkeypatch.setattr(module, "MAX_EVENTS", 20)
    stage.add_channel()
    his = stage.add_channel(BOB)
    for _ in range(60):
        stage.raise_alarm()
    stage.advance(seconds=1)
    stage.raise_alarm(stage.add_rule(BOB))

    assert dispatcher.run_once() is True
    assert len(stage.outbox(channel=his["_id"])) == 1
    while dispatcher.run_once():
        pass
    assert len(stage.outbox()) == 61


def test_a_storm_is_planned_in_transactions_that_end_in_time(stage, dispatcher, monkeypatch):
    stage.add_channel()
    for _ in range(120):
        stage.raise_alarm()
    together = []
    mark = alarm_events.mark_planned

    def marked(db, ids, session):
        together.append(len(ids))
        mark(db, ids, session)

    monkeypatch.setattr(alarm_events, "mark_planned", marked)
    dispatcher.run_once()

    assert together == [50, 50, 20]
    assert len(stage.outbox()) == 120


def test_an_event_that_cannot_be_planned_costs_its_own_messages_only(
    stage, dispatcher, monkeypatch
):
    stage.add_channel()
    broken = stage.raise_alarm()
    stage.raise_alarm()
    plan = module.plan

    def failing(event, *given):
        if event["alarm"] == broken:
            raise KeyError("severity")
        return plan(event, *given)

    monkeypatch.setattr(module, "plan", failing)
    dispatcher.run_once()

    assert len(stage.outbox()) == 1
    assert alarm_events.unplanned(stage.db, 10) == []


def test_nobody_is_woken_before_something_is_due(stage, dispatcher, woken):
    stage.add_channel()
    for _ in range(2):
        stage.raise_alarm()
        dispatcher.run_once()
        stage.advance(seconds=1)
    for one in stage.outbox():
        if one["due_at"] <= stage.now:
            stage.db.notifications.delete_one({"_id": one["_id"]})
    woken.clear()

    dispatcher.run_once()
    assert woken == []
    stage.advance(seconds=30)
    dispatcher.run_once()
    assert len(woken) == 1


def test_a_channel_to_which_a_job_sends_is_left_to_it(stage, dispatcher, woken):
    channel = stage.add_channel()
    stage.raise_alarm()
    until = stage.now.replace(year=stage.now.year + 1)
    channels.occupy(stage.db, channel["_id"], "a job", stage.now, until)

    dispatcher.run_once()

    assert woken == []


def test_a_channel_that_fails_is_for_the_slow_queue(stage, dispatcher, woken):
    channel = stage.add_channel()
    channels.note_failure(stage.db, channel, stage.now)
    stage.raise_alarm()

    dispatcher.run_once()

    assert woken == [(str(ALICE), True)]
    assert dispatcher.counters["channels_failing"] == 1


def test_so_is_one_whose_receiver_takes_long(stage, dispatcher, woken):
    channel = stage.add_channel()
    channels.note_speed(stage.db, channel, is_slow=True)
    stage.raise_alarm()

    dispatcher.run_once()

    assert woken == [(str(ALICE), True)]


def test_a_person_has_one_job_for_all_channels_that_answer_and_one_for_the_others(
    stage, dispatcher, woken
):
    for number in range(50):
        channel = stage.add_channel()
        channels.note_speed(stage.db, channel, is_slow=number % 2 == 1)
    stage.add_channel(BOB)
    stage.raise_alarm()
    stage.raise_alarm(stage.add_rule(BOB))

    dispatcher.run_once()

    assert sorted(woken) == [(str(ALICE), False), (str(ALICE), True), (str(BOB), False)]


def test_what_a_deleted_channel_was_to_have_is_dropped(stage, dispatcher, woken):
    channel = stage.add_channel()
    stage.raise_alarm()
    stage.plan()
    channels.remove(stage.db, channel["owner"], channel["_id"])

    dispatcher.run_once()

    assert woken == []
    assert [one["reason"] for one in stage.outbox()] == ["the channel was deleted"]


def test_in_an_outage_of_our_mail_server_one_owner_of_all_is_woken_a_minute(
    stage, dispatcher, woken
):
    away = result.outage("it does not answer")
    for owner in (ALICE, BOB):
        mail = stage.add_channel(owner, settings={"address": f"{owner}@example.com"})
        stage.raise_alarm(stage.add_rule(owner))
        stage.results = [away]
        stage.plan_and_deliver(mail)
    dispatcher.run_once()
    assert woken == []

    stage.advance(minutes=1)
    for _ in range(3):
        dispatcher.run_once()

    assert set(woken) == {(str(ALICE), False)}


def test_it_counts_how_long_our_mail_server_has_taken_no_mail(stage, dispatcher):
    mail_outage.note(stage.db, "it does not answer", stage.now)
    stage.advance(minutes=5)
    dispatcher.run_once()
    assert dispatcher.counters["mail_outage_seconds"] == 300

    stage.advance(minutes=20)
    dispatcher.run_once()
    assert dispatcher.counters["mail_outage_seconds"] == 0, "nobody has tried it since"


def test_it_counts_what_waits_and_for_how_long(stage, dispatcher):
    stage.add_channel()
    stage.raise_alarm()
    stage.plan()
    stage.advance(seconds=90)

    dispatcher.run_once()

    assert dispatcher.counters["messages_due"] == 1
    assert dispatcher.counters["oldest_due_seconds"] == 90


def test_while_redis_is_away_what_was_planned_stays_due(stage, dispatcher, monkeypatch):
    stage.add_channel()
    stage.raise_alarm()

    def away(*_, **__):
        raise StoreUnavailableError("redis", OSError("gone"))

    monkeypatch.setattr(module, "enqueue_delivery", away)
    with pytest.raises(StoreUnavailableError):
        dispatcher.run_once()

    assert [one["state"] for one in stage.outbox()] == ["waiting"]
