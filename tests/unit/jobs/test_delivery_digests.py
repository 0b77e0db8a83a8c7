"""The job that sends, when one message is about many alarms."""

import pytest

from qlines.jobs import delivery
from qlines.store import alarm_context, users
from tests.fakes.alarm_messages import Stage


@pytest.fixture
def stage():
    return Stage()


@pytest.fixture
def channel(stage):
    return stage.add_channel()


def test_a_storm_is_one_message_however_much_is_looked_at_before_each(stage, channel, monkeypatch):
    monkeypatch.setattr(delivery, "MAX_DUE", 2)
    rule = stage.add_rule()
    stage.plan()
    alarms = [stage.raise_alarm(rule) for _ in range(20)]
    stage.plan()
    stage.advance(seconds=60)

    stage.deliver(channel)

    first, digest = stage.sent
    assert first.topic == str(alarms[0])
    assert len(digest.data["alarms"]) == 19
    assert stage.states() == ["sent"] * 20


def test_a_digest_leads_an_admin_to_the_alarms_of_others_that_are_not_in_the_admins_list(stage):
    bob = users.add(stage.db, "bob@example.com", "hash", admin=True)
    his = stage.add_channel(bob["_id"])
    assigned = [stage.raise_alarm() for _ in range(12)]
    for alarm in assigned:
        stage.change(alarm, "assigned", assignee="bob@example.com")
    stage.plan()
    stage.advance(minutes=2)

    stage.deliver(his)

    digest = stage.sent[-1]
    assert (digest.type, digest.path) == ("alarm.digest", f"/alarms/{assigned[10]}")
    links = [line.rpartition(": ")[2] for line in digest.text.splitlines()]
    assert links == [f"https://devices.example.com/alarms/{one}" for one in assigned[10:]]


def test_a_digest_leads_to_the_list_while_some_of_its_alarms_are_there(stage):
    bob = users.add(stage.db, "bob@example.com", "hash", admin=True)
    his = stage.add_channel(bob["_id"])
    for _ in range(12):
        stage.raise_alarm(stage.add_rule(bob["_id"]))
    stage.change(stage.raise_alarm(), "assigned", assignee="bob@example.com")
    stage.plan()
    stage.advance(minutes=2)

    stage.deliver(his)

    assert stage.sent[-1].path == "/alarms"
    assert stage.sent[-1].text.count("https://devices.example.com/alarms/") == 1


def test_of_the_alarms_of_a_storm_nobody_reads_what_happened_to_each(stage, channel, monkeypatch):
    """That may be a megabyte of one, and a message may be about ten thousand."""
    asked, really = [], alarm_context.alarms_by_id

    def alarms_by_id(db, ids, *, with_events=True):
        asked.append((len(ids), with_events))
        return really(db, ids, with_events=with_events)

    stage.plan_and_deliver(channel)
    for _ in range(3):
        stage.raise_alarm()
    stage.plan()
    monkeypatch.setattr(alarm_context, "alarms_by_id", alarms_by_id)
    stage.advance(minutes=1)
    stage.deliver(channel)

    assert len(stage.sent) == 2
    assert {number for number, with_events in asked if with_events} == {1}
