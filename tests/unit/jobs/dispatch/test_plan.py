"""Who is sent what about an event of an alarm."""

from datetime import timedelta

import pytest
from bson import ObjectId

from qlines.store import notification_settings, users
from tests.fakes.alarm_messages import ALICE, BOB, NIGHT, at_berlin


def test_a_raise_goes_to_the_default_channels_at_once(stage):
    default = stage.add_channel()
    stage.add_channel(default=False)
    stage.add_channel(enabled=False)
    stage.add_channel(BOB)
    alarm = stage.raise_alarm()

    (made,) = stage.plan()

    assert made["_id"] == f"{alarm}:1:{default['_id']}"
    assert (made["channel"], made["state"], made["due_at"]) == (
        default["_id"],
        "waiting",
        stage.now,
    )


def test_a_rule_may_name_its_channels_or_nobody(stage):
    stage.add_channel()
    other = stage.add_channel(default=False)
    stage.raise_alarm(stage.add_rule(channels=[str(other["_id"])]))
    stage.raise_alarm(stage.add_rule(channels=[]))

    assert [one["channel"] for one in stage.plan()] == [other["_id"]]


def test_a_rule_whose_channels_are_all_gone_goes_to_the_default_ones(stage):
    default, gone = stage.add_channel(), stage.add_channel(default=False)
    stage.raise_alarm(stage.add_rule(channels=[str(gone["_id"])]))
    stage.db.channels.delete_one({"_id": gone["_id"]})

    assert [one["channel"] for one in stage.plan()] == [default["_id"]]


def test_a_channel_of_somebody_else_is_none(stage):
    other = stage.add_channel(BOB)
    stage.raise_alarm(stage.add_rule(channels=[other["_id"]]))

    assert stage.plan() == []


def test_a_user_who_was_disabled_is_sent_nothing(stage):
    owner = users.add(stage.db, "alice@example.com", "hash")["_id"]
    stage.add_channel(owner)
    stage.raise_alarm(stage.add_rule(owner))
    users.set_disabled(stage.db, owner, disabled=True)

    assert stage.plan() == []


def test_nobody_is_sent_anything_about_a_quiet_event(stage):
    stage.add_channel()
    stage.raise_alarm(quiet=True)

    assert stage.plan() == []


@pytest.mark.parametrize("event", ["acknowledged", "commented"])
def test_what_people_do_with_an_alarm_is_no_message(stage, event):
    stage.add_channel()
    alarm = stage.raise_alarm()
    stage.plan()
    stage.change(alarm, event)

    assert stage.plan() == []


def test_the_person_it_is_assigned_to_is_told_on_their_own_channels(stage):
    stage.add_channel()
    bob = users.add(stage.db, "bob@example.com", "hash", admin=True)
    his = stage.add_channel(bob["_id"])
    alarm = stage.raise_alarm()
    stage.plan()
    stage.change(alarm, "assigned", assignee="bob@example.com")

    (made,) = stage.plan()

    assert (made["channel"], made["owner"], made["type"]) == (
        his["_id"], bob["_id"], "alarm.assigned",
    )  # fmt: skip


def test_nobody_is_told_of_an_alarm_that_they_cannot_see(stage):
    bob = users.add(stage.db, "bob@example.com", "hash")
    stage.add_channel(bob["_id"])
    alarm = stage.raise_alarm()
    stage.plan()
    stage.change(alarm, "assigned", assignee="bob@example.com")  # before that was refused

    assert stage.plan() == []


def test_a_severity_that_rises_is_a_message_and_one_that_falls_is_none(stage):
    stage.add_channel()
    alarm = stage.raise_alarm(severity="major")
    stage.plan()
    stage.advance(seconds=1)
    stage.change(alarm, "severity", severity="critical")

    (rise,) = stage.plan()
    assert (rise["severity"], rise["due_at"]) == ("critical", stage.now)

    stage.advance(minutes=2)
    stage.change(alarm, "severity", severity="major")
    assert stage.plan() == []
    stage.advance(minutes=2)
    stage.change(alarm, "severity", severity="critical")
    assert len(stage.plan()) == 1, "it rises again"


def test_a_severity_that_falls_in_the_message_that_raised_it_is_none(stage):
    stage.add_channel()
    alarm = stage.raise_alarm(severity="critical")
    stage.change(alarm, "severity", severity="major")

    assert [one["type"] for one in stage.plan()] == ["alarm.raised"]


def test_the_end_goes_to_who_had_the_raise(stage):
    first = stage.add_channel()
    alarm = stage.raise_alarm()
    stage.plan()
    stage.add_channel()  # it was added later
    stage.advance(minutes=5)
    stage.clear(alarm)

    assert [one["channel"] for one in stage.plan()] == [first["_id"]]


def test_within_the_cool_down_the_alarm_is_there_and_no_message(stage):
    stage.add_channel()
    rule = stage.add_rule(cool_down_seconds=600)
    device = ObjectId()
    first = stage.raise_alarm(rule, device)
    stage.plan()
    stage.advance(minutes=1)
    stage.clear(first)
    stage.plan()
    stage.advance(minutes=5)
    second = stage.raise_alarm(rule, device)

    (made,) = stage.plan()
    assert made["state"] == "dropped"
    assert made["reason"].endswith("ended less than 10 minutes before (cool-down)")

    stage.advance(minutes=1)
    stage.clear(second)
    assert stage.plan() == [], "who had no raise has no end"
    stage.advance(minutes=11)
    stage.raise_alarm(rule, device)
    assert [one["state"] for one in stage.plan()] == ["waiting"]


def test_another_device_has_a_cool_down_of_its_own(stage):
    stage.add_channel()
    rule = stage.add_rule(cool_down_seconds=600)
    stage.clear(stage.raise_alarm(rule))
    stage.advance(minutes=1)
    stage.plan()
    stage.raise_alarm(rule)

    assert [one["state"] for one in stage.plan()] == ["waiting"]


def test_a_mute_holds_for_the_next_alarm_of_the_rule_and_device_too(stage):
    stage.add_channel()
    device = ObjectId()
    alarm = stage.raise_alarm(device=device)
    stage.plan()
    stage.change(alarm, "cleared", active=False, muted_until=stage.now + timedelta(hours=1))
    stage.advance(minutes=10)
    stage.raise_alarm(device=device)
    stage.raise_alarm()

    made = stage.plan()

    assert [one["state"] for one in made] == ["dropped", "dropped", "waiting"]
    assert made[1]["reason"] == "the alarm is muted"


def test_a_person_may_mute_everything(stage):
    stage.add_channel()
    notification_settings.put(stage.db, ALICE, None, stage.now + timedelta(hours=1))
    stage.raise_alarm()

    (made,) = stage.plan()

    assert (made["state"], made["reason"]) == ("dropped", "you have muted all alarms")


def test_quiet_hours_delay_what_is_not_critical_until_they_end_in_the_persons_zone(stage):
    stage.add_channel(quiet_hours=NIGHT)
    at_berlin(stage, 23)
    stage.raise_alarm(severity="major")
    stage.raise_alarm(severity="critical")

    major, critical = stage.plan()

    assert critical["due_at"] == stage.now
    assert major["due_at"] - stage.now == timedelta(hours=8)


def test_the_persons_quiet_hours_hold_for_channels_without_their_own(stage):
    stage.add_channel()
    stage.add_channel(quiet_hours=NIGHT | {"from": "21:00", "to": "22:00"})
    notification_settings.put(stage.db, ALICE, NIGHT, None)
    at_berlin(stage, 23)
    stage.raise_alarm()

    delayed, at_once = stage.plan()

    assert (delayed["due_at"] > stage.now, at_once["due_at"]) == (True, stage.now)


def test_what_came_and_went_in_the_quiet_hours_is_one_line_of_one_message(stage):
    channel = stage.add_channel(quiet_hours=NIGHT)
    at_berlin(stage, 23)
    alarm = stage.raise_alarm()
    stage.plan_and_deliver(channel)
    stage.advance(hours=1)
    stage.clear(alarm)
    stage.raise_alarm()
    stage.plan_and_deliver(channel)
    assert stage.sent == []

    stage.advance(hours=7)
    stage.plan_and_deliver(channel)

    (message,) = stage.sent
    assert message.title == "2 alarms of Pump too hot, 1 still active"
    first, second = message.text.splitlines()
    assert first.startswith("Over: pump 7: temperature 93 is above 80 (major), it was active from")
    assert second.startswith("pump 7: temperature 93 is above 80 (major), since")


def after_eight_events(stage, channel):
    """Return an alarm of whose eight events the channel has had the first."""
    alarm = stage.raise_alarm(severity="minor")
    stage.plan_and_deliver(channel)
    for _ in range(7):
        stage.change(alarm, "commented")
    stage.plan_and_deliver(channel)
    stage.sent.clear()
    return alarm


def test_what_happened_to_an_alarm_in_one_moment_is_said_in_its_order(stage):
    channel = stage.add_channel()
    alarm = after_eight_events(stage, channel)
    stage.advance(hours=1)
    stage.change(alarm, "severity", severity="major")
    stage.clear(alarm)
    stage.plan_and_deliver(channel)
    stage.advance(seconds=31)
    stage.plan_and_deliver(channel)

    assert [one.type for one in stage.sent] == ["alarm.severity", "alarm.cleared"]


def test_what_the_clocks_of_two_machines_date_the_other_way_round_too(stage):
    channel = stage.add_channel()
    alarm = stage.raise_alarm()
    stage.clear(alarm)
    ahead = {"$set": {"at": stage.now + timedelta(seconds=5)}}
    stage.db.alarm_events.update_one({"_id": f"{alarm}:1"}, ahead)
    stage.plan_and_deliver(channel)
    stage.advance(seconds=31)
    stage.plan_and_deliver(channel)

    assert [one.type for one in stage.sent] == ["alarm.raised", "alarm.cleared"]


def test_one_message_about_one_alarm_has_the_title_of_its_last_event(stage):
    channel = stage.add_channel(quiet_hours=NIGHT)
    at_berlin(stage, 12)
    alarm = after_eight_events(stage, channel)
    at_berlin(stage, 23)
    stage.change(alarm, "severity", severity="major")
    stage.clear(alarm)
    stage.plan_and_deliver(channel)
    at_berlin(stage, 8)
    stage.plan_and_deliver(channel)

    (message,) = stage.sent
    assert message.title.startswith("Over: ")


def test_planning_twice_makes_the_same_ids(stage):
    stage.add_channel()
    stage.raise_alarm()
    made = stage.plan()
    stage.db.alarm_events.update_many({}, {"$set": {"planned": False}})
    stage.db.notifications.documents.clear()

    assert [one["_id"] for one in stage.plan()] == [one["_id"] for one in made]


def test_the_alarm_of_a_deleted_device_is_passed_over(stage):
    stage.add_channel()
    stage.raise_alarm()
    stage.db.alarms.documents.clear()

    assert stage.plan() == []


def test_a_rule_and_a_tag_are_one_message_within_half_a_minute(stage):
    channel = stage.add_channel()
    for _ in range(5):
        stage.raise_alarm(tags=["hall 1"])
        stage.plan_and_deliver(channel)
        stage.advance(seconds=2)
    stage.raise_alarm(tags=["hall 2"])
    stage.plan_and_deliver(channel)
    stage.advance(seconds=30)
    stage.plan_and_deliver(channel)

    assert [len(one.data["alarms"]) for one in stage.sent] == [1, 1, 4]


def test_j37_the_storm_of_one_owner_is_a_digest_and_delays_nobody_else(stage):
    hers, his = stage.add_channel(), stage.add_channel(BOB)
    alarms = [stage.raise_alarm(stage.add_rule()) for _ in range(250)]
    bobs = stage.raise_alarm(stage.add_rule(BOB))
    alarms += [stage.raise_alarm(stage.add_rule()) for _ in range(250)]

    stage.plan()
    stage.deliver(his)
    assert [one.topic for one in stage.sent] == [str(bobs)], "at once"

    stage.sent.clear()
    stage.deliver(hers)
    assert len(stage.sent) == 10
    stage.advance(seconds=60)
    stage.plan_and_deliver(hers)

    assert len(stage.sent) == 11
    said = [alarm["id"] for message in stage.sent for alarm in message.data["alarms"]]
    assert sorted(said) == sorted(map(str, alarms)), "nothing is lost, and nothing said twice"
    assert stage.sent[-1].title == "490 alarms, all still active"


def test_after_a_mute_a_severity_that_rises_goes_to_the_rules_channels(stage):
    stage.add_channel()
    notification_settings.put(stage.db, ALICE, None, stage.now + timedelta(hours=1))
    alarm = stage.raise_alarm()
    stage.plan()
    stage.advance(hours=2)
    stage.change(alarm, "severity", severity="critical")

    assert [(one["type"], one["state"]) for one in stage.plan()] == [("alarm.severity", "waiting")]


def test_within_the_cool_down_a_severity_that_rises_is_no_message_either(stage):
    stage.add_channel()
    rule, device = stage.add_rule(cool_down_seconds=600), ObjectId()
    stage.clear(stage.raise_alarm(rule, device))
    stage.advance(minutes=1)
    stage.plan()
    alarm = stage.raise_alarm(rule, device)
    stage.plan()
    stage.advance(minutes=1)
    stage.change(alarm, "severity", severity="critical")

    assert [one["state"] for one in stage.plan()] == ["dropped"]


def test_the_quiet_hours_are_those_of_the_person_it_is_assigned_to(stage):
    bob = users.add(stage.db, "bob@example.com", "hash", admin=True)
    stage.add_channel(bob["_id"])
    notification_settings.put(stage.db, ALICE, NIGHT, None)
    at_berlin(stage, 23)
    alarm = stage.raise_alarm()
    stage.change(alarm, "assigned", assignee="bob@example.com")

    (at_once,) = stage.plan()
    notification_settings.put(stage.db, bob["_id"], NIGHT, None)
    stage.change(alarm, "assigned", assignee="bob@example.com")
    (delayed,) = stage.plan()

    assert (at_once["due_at"], delayed["due_at"] > stage.now) == (stage.now, True)
