"""After a restore nobody is sent again what they have had, and nobody misses anything."""

from datetime import timedelta

import pytest
from bson import ObjectId

from qlines.clock import utc_datetime
from qlines.store import channels, notification_settings, restored
from qlines.store.restored import TOO_LATE
from tests.fakes.alarm_messages import ALICE, NIGHT, Stage, at_berlin


@pytest.fixture
def stage():
    """Return a stage whose rules are from before the restore."""
    stage = Stage()
    levels = [{"conditions": [{"kind": "above"}]}]
    for rule in stage.db.alarm_rules.documents:
        rule |= {"changed_at": stage.now - timedelta(days=1), "levels": levels}
    return stage


def restore(stage):
    """Replace MongoDB, of which a minute of the log is read again."""
    stage.advance(minutes=1)
    restored.note(stage.db, stage.now)
    stage.advance(seconds=30)


def raised_again(stage, **given):
    """Return an alarm that is raised again from a reading of before the restore."""
    alarm = stage.raise_alarm(**given)
    before = stage.now - timedelta(seconds=60)
    stage.db.alarms.update_one({"_id": alarm}, {"$set": {"started_at": before}})
    ts_us = stage.clock.now_us() - 60_000_000
    stage.db.alarm_events.update_one({"alarm": alarm}, {"$set": {"reading_ts": ts_us}})
    return alarm


def titles(stage):
    return [message.title for message in stage.sent]


def test_what_is_raised_again_and_still_active_is_one_message_later(stage):
    mail = stage.add_channel()
    restore(stage)
    raised_again(stage)
    raised_again(stage)
    stage.plan_and_deliver(mail)
    assert titles(stage) == []

    stage.advance(minutes=10)
    stage.deliver(mail)

    assert titles(stage) == ["2 alarms of Pump too hot, all still active after a restore"]


def test_one_alone_says_so_and_its_end_is_a_message(stage):
    mail = stage.add_channel()
    restore(stage)
    alarm = raised_again(stage)
    stage.plan()
    stage.advance(minutes=10)
    stage.deliver(mail)

    stage.clear(alarm)
    stage.plan_and_deliver(mail)

    first, second = titles(stage)
    assert first.startswith("Active after a restore: pump 7")
    assert second.startswith("Over: pump 7")


def test_what_was_over_before_the_restore_is_not_said_again(stage):
    mail = stage.add_channel()
    restore(stage)
    alarm = raised_again(stage)
    stage.clear(alarm)
    before = stage.now - timedelta(seconds=50)
    stage.db.alarms.update_one({"_id": alarm}, {"$set": {"ended_at": before}})
    stage.plan()
    stage.advance(minutes=10)

    stage.deliver(mail)

    assert titles(stage) == []
    [line] = stage.outbox()
    assert (line["state"], line["type"]) == ("dropped", "alarm.restored")


def test_one_that_ends_after_the_restore_is_said_to_be_over(stage):
    mail = stage.add_channel()
    restore(stage)
    alarm = raised_again(stage)
    stage.plan()
    stage.advance(minutes=1)

    stage.clear(alarm)
    stage.plan_and_deliver(mail)

    assert [message.type for message in stage.sent] == ["alarm.cleared"]


def test_what_happens_after_the_restore_is_said_at_once(stage):
    mail = stage.add_channel()
    restore(stage)

    stage.raise_alarm()
    stage.plan_and_deliver(mail)

    assert len(stage.sent) == 1
    assert not titles(stage)[0].startswith("Active after")


def test_what_waited_in_the_backup_to_be_planned_is_in_the_digest(stage):
    mail = stage.add_channel()
    stage.raise_alarm()
    alarm = stage.raise_alarm()
    stage.change(alarm, "assigned", assignee="somebody")
    restore(stage)
    stage.plan_and_deliver(mail)
    assert titles(stage) == []

    stage.advance(minutes=10)
    stage.deliver(mail)

    assert titles(stage) == ["2 alarms of Pump too hot, all still active after a restore"]


def test_what_waited_in_the_outbox_of_the_backup_is_said_if_it_is_so_still(stage):
    mail = stage.add_channel()
    over, active = stage.raise_alarm(), stage.raise_alarm()
    stage.plan()  # and not sent before the backup was made
    restore(stage)
    stage.deliver(mail)
    assert titles(stage) == []

    stage.clear(over)
    stage.db.alarm_events.documents.pop()
    stage.advance(minutes=10)
    stage.deliver(mail)

    assert len(stage.sent) == 1
    assert stage.sent[0].topic == str(active)
    assert titles(stage)[0].startswith("Active after a restore")


def test_what_else_waited_there_is_dropped_with_the_reason(stage):
    mail = stage.add_channel()
    alarm = stage.raise_alarm()
    stage.plan_and_deliver(mail)
    stage.clear(alarm)
    stage.plan()
    stage.advance(seconds=30)
    restore(stage)

    stage.deliver(mail)

    assert len(stage.sent) == 1, "the one from before the backup"
    assert [one["reason"] for one in stage.outbox(state="dropped")] == [TOO_LATE]


def test_what_is_due_after_the_restore_stays_as_it_was(stage):
    mail = stage.add_channel(quiet_hours=NIGHT)
    at_berlin(stage, 23)
    stage.raise_alarm()
    stage.plan()
    before = stage.outbox()

    restore(stage)

    assert stage.outbox() == before
    at_berlin(stage, 7)
    stage.deliver(mail)
    assert len(stage.sent) == 1


def test_a_reminder_asks_later_whether_it_is_so_still(stage):
    rule = stage.add_rule(
        reminder_seconds=300, levels=stage.db.alarm_rules.documents[0]["levels"],
        changed_at=stage.now - timedelta(days=1),
    )  # fmt: skip
    mail = stage.add_channel()
    stage.raise_alarm(rule)
    stage.plan_and_deliver(mail)
    stage.advance(minutes=6)
    restore(stage)
    stage.deliver(mail)
    assert len(stage.sent) == 1

    stage.advance(minutes=10)
    stage.deliver(mail)

    assert [message.type for message in stage.sent] == ["alarm.raised", "alarm.reminder"]


def test_quiet_hours_delay_the_digest_and_a_mute_drops_it(stage):
    mail = stage.add_channel(quiet_hours=NIGHT)
    at_berlin(stage, 23)
    restore(stage)
    raised_again(stage)
    muted = raised_again(stage)
    until = stage.now + timedelta(days=1)
    stage.db.alarms.update_one({"_id": muted}, {"$set": {"muted_until": until}})
    stage.plan()
    stage.advance(minutes=10)
    stage.deliver(mail)
    assert titles(stage) == []

    at_berlin(stage, 7)
    stage.deliver(mail)

    assert len(stage.sent) == 1
    assert {one["state"] for one in stage.outbox(alarm=muted)} == {"dropped"}


def test_what_waited_in_the_outbox_of_the_backup_waits_for_the_end_of_quiet_hours(stage):
    mail = stage.add_channel(quiet_hours=NIGHT)
    at_berlin(stage, 20)
    stage.raise_alarm()
    critical = stage.raise_alarm(severity="critical")
    stage.plan()  # and not sent before the backup was made
    at_berlin(stage, 23)
    restore(stage)
    stage.advance(minutes=10)
    stage.deliver(mail)
    assert [message.topic for message in stage.sent] == [str(critical)]

    at_berlin(stage, 7)
    stage.deliver(mail)

    assert len({message.id for message in stage.sent}) == 2
    assert titles(stage)[1].startswith("Active after a restore")


def test_who_has_muted_all_for_the_restore_has_the_escalation_when_that_is_over(stage):
    boss = stage.add_channel(default=False)
    [rule] = stage.db.alarm_rules.documents
    rule["escalation"] = {"after_seconds": 900, "channels": [boss["_id"]]}
    notification_settings.put(stage.db, ALICE, None, stage.now + timedelta(minutes=30))
    restore(stage)
    raised_again(stage)
    stage.plan()
    for _ in range(2):
        assert titles(stage) == []
        stage.advance(minutes=16)
        stage.deliver(boss)

    assert [message.type for message in stage.sent] == ["alarm.escalation"]


def test_a_rule_that_is_newer_than_the_restore_is_heard_at_once_about_the_past(stage):
    mail = stage.add_channel()
    restore(stage)
    rule = stage.add_rule(changed_at=stage.now, levels=[])

    raised_again(stage, rule=rule)
    stage.plan_and_deliver(mail)

    assert len(stage.sent) == 1


def test_long_after_a_restore_all_is_as_ever(stage):
    mail = stage.add_channel()
    restore(stage)
    stage.advance(hours=7)

    alarm = raised_again(stage)
    stage.db.alarms.update_one(
        {"_id": alarm}, {"$set": {"started_at": stage.now - timedelta(hours=8)}}
    )
    stage.plan_and_deliver(mail)

    assert len(stage.sent) == 1


def test_a_device_that_is_silent_since_before_becomes_more_severe_by_time(stage):
    [rule] = stage.db.alarm_rules.documents
    rule["levels"] = [{"conditions": [{"kind": "no_data"}]}]
    mail = stage.add_channel()
    restore(stage)
    alarm = raised_again(stage)
    stage.plan()

    stage.change(alarm, "severity", severity="critical")
    ts_us = stage.clock.now_us() - 60_000_000
    event = stage.db.alarm_events.documents[-1]
    event["reading_ts"] = ts_us
    stage.plan_and_deliver(mail)

    assert [message.type for message in stage.sent] == ["alarm.severity"]


def test_a_backup_without_messages_is_restored_too(stage):
    restored.note(stage.db, utc_datetime(0))

    assert restored.last(stage.db) == utc_datetime(0)
    assert channels.of_owner(stage.db, ALICE) == []
    assert stage.outbox(_id=str(ObjectId())) == []
