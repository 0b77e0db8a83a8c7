"""MongoDB is replaced by a backup of it while Kafka's log stays: what was since is found again."""

import copy

from kafka import TopicPartition

from qlines.jobs.dispatch.dispatcher import planned
from qlines.store import alarm_events, channels, restored
from qlines.store.channel_rules import ChannelFields
from tests.unit.alarms.stage import OWNER


def backup_of(stage):
    return {name: copy.deepcopy(one.documents) for name, one in stage.db.items()}


def restore(stage, backup):
    """Put MongoDB back as a restore does while no evaluator runs, and begin one."""
    for name, one in stage.db.items():
        one.documents = copy.deepcopy(backup.get(name, []))
    restored.note(stage.db, stage.db_now)
    stage.clock.advance(30)
    stage.start()


def facts_of(stage):
    names = ("device_name", "started_at", "raised_ts", "active", "severity", "value", "end_reason")
    return [{name: alarm.get(name) for name in names} for alarm in stage.alarms]


def test_alarms_are_afterwards_as_they_were_before_the_restore(hot):
    hot.send(81)
    hot.run(2)
    backup = backup_of(hot)
    hot.send(70)
    hot.run(1)
    hot.send(91)
    hot.run(2)
    before = facts_of(hot)
    assert [one["active"] for one in before] == [False, True]

    restore(hot, backup)
    hot.run(3)

    assert facts_of(hot) == before
    hot.send(70)
    hot.run(1)
    assert hot.active == []


def test_a_log_that_ends_before_the_backup_is_read_from_its_end_on(hot):
    for value in (70, 71, 72):
        hot.send(value)
        hot.run(6)
    backup = backup_of(hot)
    hot.broker.records[TopicPartition("telemetry", 0)].clear()

    restore(hot, backup)
    hot.run(2)
    hot.send(95)
    hot.run(1)

    assert [one["value"] for one in hot.active] == [95]


def test_a_log_that_has_deleted_what_came_next_is_read_from_its_beginning(hot):
    hot.send(70)
    hot.run(6)
    backup = backup_of(hot)
    for value in (95, 70, 96):
        hot.send(value)
    hot.run(2)
    hot.broker.first = 3  # 95 is deleted

    restore(hot, backup)
    hot.run(2)

    assert [one["value"] for one in hot.alarms] == [96]


def test_of_what_is_raised_again_there_is_one_message_ten_minutes_later(hot):
    owner = hot.db.devices.documents[0]["owner"]
    mail = ChannelFields("me", "email", {"address": "a@b.de"}, True, True, False, None)
    channels.add(hot.db, owner, mail, hot.db_now)
    backup = backup_of(hot)
    for value in (95, 70, 96):
        hot.send(value)
        hot.run(1)

    restore(hot, backup)
    at = restored.last(hot.db)
    hot.run(3)
    made = planned(hot.db, alarm_events.unplanned(hot.db, 100), hot.clock)

    assert str(owner) == OWNER
    assert [one["type"] for one in made] == ["alarm.restored"] * 2
    assert {one["due_at"] for one in made} == {restored.digest_at(at, at)}
