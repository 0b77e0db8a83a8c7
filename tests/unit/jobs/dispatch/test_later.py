"""What is sent only if an alarm is still active and not acknowledged later."""

from datetime import timedelta

import pytest
from bson import ObjectId

from qlines.messengers import result
from qlines.store import channels, notification_settings, notifications
from tests.fakes.alarm_messages import ALICE, NIGHT, at_berlin


def test_an_escalation_is_sent_when_nobody_has_acknowledged_in_time(stage):
    mine, boss = stage.add_channel(), stage.add_channel(default=False)
    rule = stage.add_rule(escalation={"after_seconds": 900, "channels": [boss["_id"]]})
    stage.raise_alarm(rule)
    stage.plan_and_deliver(mine, boss)
    assert len(stage.sent) == 1

    stage.advance(seconds=900)
    stage.plan_and_deliver(mine, boss)

    assert [one.type for one in stage.sent] == ["alarm.raised", "alarm.escalation"]


def test_an_alarm_that_was_acknowledged_is_not_escalated(stage):
    mine, boss = stage.add_channel(), stage.add_channel(default=False)
    rule = stage.add_rule(escalation={"after_seconds": 900, "channels": [boss["_id"]]})
    alarm = stage.raise_alarm(rule)
    stage.plan_and_deliver(mine, boss)
    stage.change(alarm, "acknowledged", acknowledged_at=stage.now, acknowledged_by="a@b")
    stage.advance(seconds=900)
    stage.plan_and_deliver(mine, boss)
    stage.clear(alarm)
    stage.plan_and_deliver(mine, boss)

    assert [one.type for one in stage.sent] == ["alarm.raised", "alarm.cleared"]
    (escalation,) = stage.outbox(purpose="escalation")
    assert (escalation["state"], "acknowledged" in escalation["reason"]) == ("dropped", True)


@pytest.mark.parametrize("who", ["the person", "the alarm"])
def test_an_escalation_that_is_due_during_a_mute_is_sent_when_that_is_over(stage, who):
    boss = stage.add_channel(default=False)
    escalation = {"after_seconds": 900, "channels": [boss["_id"]]}
    alarm = stage.raise_alarm(stage.add_rule(escalation=escalation))
    stage.plan()
    until = stage.now + timedelta(hours=1)
    if who == "the person":
        notification_settings.put(stage.db, ALICE, None, until)
    else:
        stage.db.alarms.update_one({"_id": alarm}, {"$set": {"muted_until": until}})
    for _ in range(4):
        stage.advance(minutes=14)
        stage.deliver(boss)
    assert stage.sent == []
    (one,) = stage.outbox()
    assert (one["state"], "is sent when the mute" in one["reason"]) == ("waiting", True)

    stage.advance(minutes=5)
    stage.deliver(boss)

    assert [one.type for one in stage.sent] == ["alarm.escalation"]


def muted_device(stage, rule, **mute):
    """Return a device that is muted for so long by an alarm that is over."""
    device = ObjectId()
    alarm = stage.raise_alarm(rule, device)
    stage.clear(alarm)
    until = stage.now + timedelta(**mute)
    stage.db.alarms.update_one({"_id": alarm}, {"$set": {"muted_until": until}})
    stage.plan()
    return device


def test_an_alarm_that_is_raised_during_a_mute_is_escalated_when_that_is_over(stage):
    boss = stage.add_channel(default=False)
    rule = stage.add_rule(escalation={"after_seconds": 900, "channels": [boss["_id"]]})
    device = muted_device(stage, rule, hours=1)
    alarm = stage.raise_alarm(rule, device)
    acknowledged = stage.raise_alarm(rule, muted_device(stage, rule, hours=1))
    for _ in range(4):
        stage.plan_and_deliver(boss)
        stage.advance(minutes=14)
    assert stage.sent == []
    fields = {"acknowledged_at": stage.now, "acknowledged_by": "a@b"}
    stage.change(acknowledged, "acknowledged", **fields)

    stage.advance(minutes=5)
    stage.deliver(boss)

    assert [(one.type, one.topic) for one in stage.sent] == [("alarm.escalation", str(alarm))]


def test_the_reminders_of_an_alarm_that_is_raised_during_a_mute_begin_after_it(stage):
    channel = stage.add_channel()
    rule = stage.add_rule(reminder_seconds=3600)
    device = muted_device(stage, rule, minutes=90)
    stage.raise_alarm(rule, device)
    for _ in range(2):
        stage.plan_and_deliver(channel)
        assert stage.sent == []
        stage.advance(hours=1)
    stage.plan_and_deliver(channel)

    assert [one.type for one in stage.sent] == ["alarm.reminder"]


def test_an_escalation_waits_also_while_another_alarm_of_the_pair_is_muted(stage):
    boss = stage.add_channel(default=False)
    rule = stage.add_rule(escalation={"after_seconds": 900, "channels": [boss["_id"]]})
    device = ObjectId()
    over = stage.raise_alarm(rule, device)
    stage.clear(over)
    stage.raise_alarm(rule, device)
    stage.plan()
    until = stage.now + timedelta(hours=1)
    stage.db.alarms.update_one({"_id": over}, {"$set": {"muted_until": until}})
    stage.advance(minutes=16)
    stage.deliver(boss)
    assert stage.sent == []

    stage.advance(minutes=45)
    stage.deliver(boss)

    assert [one.type for one in stage.sent] == ["alarm.escalation"]


def test_an_alarm_within_the_cool_down_is_not_escalated_be_it_muted_or_not(stage):
    boss = stage.add_channel(default=False)
    escalation = {"after_seconds": 900, "channels": [boss["_id"]]}
    rule = stage.add_rule(escalation=escalation, cool_down_seconds=3600)
    stage.raise_alarm(rule, muted_device(stage, rule, minutes=10))
    assert stage.plan() == []

    device = muted_device(stage, rule, minutes=0)
    notification_settings.put(stage.db, ALICE, None, stage.now + timedelta(hours=1))
    stage.raise_alarm(rule, device)

    assert stage.plan() == []


def test_an_escalation_does_not_wait_for_the_end_of_a_mute_that_is_lifted_before(stage):
    boss = stage.add_channel(default=False)
    escalation = {"after_seconds": 900, "channels": [boss["_id"]]}
    stage.raise_alarm(stage.add_rule(escalation=escalation))
    stage.plan()
    notification_settings.put(stage.db, ALICE, None, stage.now + timedelta(days=30))
    stage.advance(minutes=15)
    stage.deliver(boss)
    notification_settings.put(stage.db, ALICE, None, None)
    stage.advance(minutes=1)
    stage.deliver(boss)

    assert [one.type for one in stage.sent] == ["alarm.escalation"]


def test_an_escalation_whose_alarm_is_acknowledged_during_a_mute_is_not_sent(stage):
    boss = stage.add_channel(default=False)
    escalation = {"after_seconds": 900, "channels": [boss["_id"]]}
    alarm = stage.raise_alarm(stage.add_rule(escalation=escalation))
    stage.plan()
    notification_settings.put(stage.db, ALICE, None, stage.now + timedelta(hours=1))
    stage.advance(minutes=15)
    stage.deliver(boss)
    stage.change(alarm, "acknowledged", acknowledged_at=stage.now, acknowledged_by="a@b")
    stage.advance(hours=1)
    stage.deliver(boss)

    assert (stage.sent, stage.outbox(open=True)) == ([], [])


def test_an_escalation_that_a_mute_has_delayed_into_quiet_hours_waits_for_the_morning(stage):
    boss = stage.add_channel(default=False, quiet_hours=NIGHT)
    at_berlin(stage, 20)
    escalation = {"after_seconds": 900, "channels": [boss["_id"]]}
    stage.raise_alarm(stage.add_rule(escalation=escalation))
    stage.plan()
    notification_settings.put(stage.db, ALICE, None, stage.now + timedelta(hours=3))
    for _ in range(11):
        stage.advance(hours=1)
        stage.deliver(boss)
        assert len(stage.sent) == (stage.now.hour == 6), "7 o'clock in Berlin"


def test_an_alarm_that_becomes_critical_does_not_wait_for_an_escalation_of_the_morning(stage):
    boss = stage.add_channel(quiet_hours=NIGHT)
    at_berlin(stage, 21)
    stage.advance(minutes=44)
    alarm = stage.raise_alarm(
        stage.add_rule(escalation={"after_seconds": 900, "channels": [boss["_id"]]})
    )
    stage.plan_and_deliver(boss)
    stage.advance(minutes=15)
    stage.results = [result.retry("it did not answer")]
    stage.deliver(boss)
    stage.advance(minutes=2)
    stage.deliver(boss)
    stage.sent.clear()

    stage.advance(hours=2)
    stage.change(alarm, "severity", severity="critical")
    stage.plan_and_deliver(boss)

    assert "alarm.severity" in [message.type for message in stage.sent]


@pytest.mark.parametrize("outcomes", [[], [result.retry("it did not answer")]])
def test_what_a_mute_takes_out_of_a_message_leaves_later_with_an_id_of_its_own(stage, outcomes):
    boss = stage.add_channel(default=False)
    rule = stage.add_rule(escalation={"after_seconds": 900, "channels": [boss["_id"]]})
    alarms = [str(stage.raise_alarm(rule)) for _ in range(3)]
    stage.plan()
    stage.db.notifications.update_many({}, {"$set": {"batch": "one message"}})
    stage.advance(minutes=16)
    stage.results = list(outcomes)
    for _ in outcomes:
        stage.deliver(boss)
        stage.advance(minutes=1)
    stage.sent.clear()
    until = stage.now + timedelta(hours=1)
    stage.db.alarms.update_one({"_id": ObjectId(alarms[0])}, {"$set": {"muted_until": until}})
    for _ in range(3):
        stage.deliver(boss)
        stage.advance(hours=1)

    said = [[alarm["id"] for alarm in message.data["alarms"]] for message in stage.sent]
    assert said == [alarms[1:], alarms[:1]]
    assert len({message.id for message in stage.sent}) == 2, "receivers drop what they have had"


def test_all_that_one_mute_holds_back_waits_by_one_change(stage, monkeypatch):
    boss = stage.add_channel(default=False)
    rule = stage.add_rule(escalation={"after_seconds": 900, "channels": [boss["_id"]]})
    for _ in range(20):
        stage.raise_alarm(rule)
    stage.plan()
    stage.db.notifications.update_many({}, {"$set": {"batch": "one message"}})
    notification_settings.put(stage.db, ALICE, None, stage.now + timedelta(hours=1))
    stage.advance(minutes=16)
    postponed = []
    monkeypatch.setattr(notifications, "postpone", lambda *given: postponed.append(given[1]))
    monkeypatch.setattr(notifications, "due", lambda *given: [] if postponed else stage.outbox())
    stage.deliver(boss)

    assert [len(ids) for ids in postponed] == [20]


def test_there_are_no_reminders_unless_asked_for(stage):
    channel = stage.add_channel()
    stage.raise_alarm()
    stage.plan_and_deliver(channel)
    stage.advance(days=7)
    stage.plan_and_deliver(channel)

    assert len(stage.sent) == 1


def test_reminders_come_until_somebody_acknowledges(stage):
    channel = stage.add_channel()
    alarm = stage.raise_alarm(stage.add_rule(reminder_seconds=3600))
    stage.plan_and_deliver(channel)
    for _ in range(3):
        stage.advance(seconds=3600)
        stage.plan_and_deliver(channel)
    stage.change(alarm, "acknowledged", acknowledged_at=stage.now, acknowledged_by="a@b")
    stage.advance(days=1)
    stage.plan_and_deliver(channel)

    assert [one.type for one in stage.sent] == ["alarm.raised", *["alarm.reminder"] * 3]
    assert len({one.id for one in stage.sent}) == 4
    assert stage.outbox(open=True) == []


def test_channels_of_disabled_ones_are_off_for_escalations_too(stage):
    off = stage.add_channel(enabled=False)
    stage.raise_alarm(stage.add_rule(escalation={"after_seconds": 1, "channels": [off["_id"]]}))

    assert stage.plan() == []
    assert channels.by_id(stage.db, off["_id"])["enabled"] is False


def test_the_next_reminders_of_a_storm_are_there_by_one_insert(stage, monkeypatch):
    """One by one ten thousand take longer than the job has the channel for itself."""
    channel = stage.add_channel()
    rule = stage.add_rule(reminder_seconds=3600)
    for _ in range(20):
        stage.raise_alarm(rule)
    stage.plan_and_deliver(channel)
    stage.advance(minutes=1)
    stage.deliver(channel)
    inserted, insert_many = [], stage.db.notifications.insert_many

    def noted(documents, session=None):
        inserted.append(len(documents))
        insert_many(documents, session)

    monkeypatch.setattr(stage.db.notifications, "insert_many", noted)
    stage.advance(minutes=61)
    stage.deliver(channel)

    assert len(stage.outbox(open=True, purpose="reminder")) == 20
    assert sum(inserted) == 20
    assert len(inserted) == len([one for one in stage.sent if "reminder" in one.id])


def test_while_a_person_has_muted_everything_reminders_wait_for_the_end_of_that(stage):
    channel = stage.add_channel()
    notification_settings.put(stage.db, ALICE, None, stage.now + timedelta(minutes=150))
    stage.raise_alarm(stage.add_rule(reminder_seconds=3600))
    for _ in range(3):
        stage.plan_and_deliver(channel)
        assert stage.sent == []
        stage.advance(hours=1)
    stage.plan_and_deliver(channel)

    assert [one.type for one in stage.sent] == ["alarm.reminder"]


def test_every_reminder_obeys_the_quiet_hours(stage):
    channel = stage.add_channel(quiet_hours=NIGHT)
    at_berlin(stage, 20)
    stage.raise_alarm(stage.add_rule(reminder_seconds=3600))
    times = []
    for _ in range(36):
        stage.plan_and_deliver(channel)
        times += [one.at for one in stage.sent]
        stage.sent.clear()
        stage.advance(minutes=20)

    assert [f"{(at + timedelta(hours=1)):%H:%M}" for at in times] == [
        "20:00", "21:00", "07:00",
    ]  # fmt: skip


def test_a_reminder_says_what_is_so_when_it_is_sent(stage):
    channel = stage.add_channel()
    alarm = stage.raise_alarm(stage.add_rule(reminder_seconds=3600), severity="minor")
    stage.plan_and_deliver(channel)
    stage.change(alarm, "severity", severity="critical")
    stage.plan_and_deliver(channel)
    stage.advance(hours=1)
    stage.plan_and_deliver(channel)

    reminder = stage.sent[-1]
    assert reminder.title == "Still active: pump 7: temperature 93 is above 80 (critical)"
    assert (reminder.severity, reminder.at) == ("critical", stage.now)


def test_the_escalations_and_reminders_of_a_storm_are_digests_too(stage):
    mine, boss = stage.add_channel(), stage.add_channel(default=False)
    alarms = []
    for _ in range(40):
        rule = stage.add_rule(
            reminder_seconds=1200, escalation={"after_seconds": 900, "channels": [boss["_id"]]}
        )
        alarms.append(str(stage.raise_alarm(rule)))
    for channel, minutes in ((mine, 15), (boss, 5), (mine, 20), (mine, 20)):
        stage.plan_and_deliver(channel)
        stage.advance(minutes=1)
        stage.plan_and_deliver(channel)
        stage.advance(minutes=minutes - 1)
        said = [alarm["id"] for message in stage.sent for alarm in message.data["alarms"]]
        assert sorted(said) == sorted(alarms)
        assert len(stage.sent) == 11
        stage.sent.clear()
