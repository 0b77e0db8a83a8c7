"""What the evaluator makes of rules that are added, changed, switched off and removed."""

import pytest
from bson import ObjectId

from qlines.alarms import pending, term
from qlines.alarms.changes import Changes
from qlines.evaluation.machine import observe
from qlines.evaluation.rule import compile_rule
from qlines.evaluation.rule_check import check
from qlines.evaluation.sample import Sample
from qlines.evaluation.state import State
from qlines.store import alarm_rules
from tests.unit.alarms.stage import ABOVE_80, OWNER, device_id

HOT_LEVELS = [{"severity": "critical", "conditions": [ABOVE_80]}]


def test_a_rule_is_noticed_and_begins_with_what_is_sent_from_then_on(stage):
    stage.add_device()
    stage.start()
    stage.send(90)
    stage.run(10)

    stage.add_rule(ABOVE_80)
    stage.run(2)
    assert stage.alarms == []
    stage.send(91)
    stage.run(1)

    assert len(stage.active) == 1


def test_when_the_last_rule_is_switched_off_its_place_in_the_log_is_forgotten(hot):
    (rule,) = hot.db.alarm_rules.documents

    hot.change_rule(rule["_id"], enabled=False)
    hot.run(3)

    assert list(hot.db.alarm_positions.find()) == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda stage, rule: stage.change_rule(rule, enabled=False), "rule removed"),
        (lambda stage, rule: stage.change_rule(rule, version=2), "rule changed"),
        (
            lambda stage, rule: stage.change_rule(
                rule, version=2, scope={"type": "tag", "value": "pump"}
            ),
            "the rule is no longer about the device",
        ),
        (lambda stage, _rule: stage.remove_device(), "device removed"),
    ],
)
def test_an_alarm_ends_with_what_it_is_about(hot, change, reason):
    hot.send(90)
    hot.run(1)
    (rule,) = hot.db.alarm_rules.documents

    change(hot, rule["_id"])
    hot.run(3)

    assert [one["end_reason"] for one in hot.alarms] == [reason]
    assert list(hot.db.alarm_states.find()) == []


def suppress(stage, rule, version):
    """Store what comes with a rule that is to wait until it is false for device 1."""
    stage.begin_with(rule, version, State.suppressed())


def test_a_change_that_is_not_to_be_about_what_is_true_already_waits_for_false(hot):
    hot.send(90)
    hot.run(1)
    (rule,) = hot.db.alarm_rules.documents
    suppress(hot, rule["_id"], 2)
    hot.send(91)
    hot.change_rule(rule["_id"], version=2)
    hot.run(3)
    hot.start()
    hot.send(92)
    hot.run(2)
    assert hot.active == []

    hot.send(70)
    hot.send(93, at=0.1)
    hot.run(2)

    assert [one["rule_version"] for one in hot.active] == [2]


def test_what_was_true_when_a_rule_began_is_an_alarm_before_anything_is_sent(stage):
    stage.add_device()
    stage.add_rule({**ABOVE_80, "limit": 1000})
    stage.start()
    stage.run(1)
    rule = ObjectId()
    stage.begin_with(rule, 1, true_for(90, stage))
    stage.add_rule(ABOVE_80, rule_id=rule)

    stage.run(2)
    stage.start()
    stage.run(2)

    assert [(one["rule"], one["value"]) for one in stage.active] == [(rule, 90)]
    assert stage.events == [("raised", "critical")]


def test_a_rule_that_is_switched_off_and_on_within_a_moment_begins_anew(hot):
    hot.send(90)
    hot.run(2)
    (alarm,) = hot.active
    rule = alarm_rules.find(hot.db, hot_rule(hot), owner=OWNER)
    for is_on, states in ((False, {}), (True, {alarm["device"]: true_for(90, hot)})):
        fields = {**alarm_rules.given(rule), "enabled": is_on}
        rule = alarm_rules.change(hot.db, rule, fields, hot.db_now, states=states)
    hot.changes.append(Changes(rules=True, ended=frozenset({alarm["_id"]})))

    hot.run(2)

    assert [one["_id"] == alarm["_id"] for one in hot.active] == [False]


def true_for(value, stage):
    """Return the state of a device that is hot already, which is to raise an alarm at once."""
    now_us = stage.clock.now_us()
    rule = compile_rule("", 1, check({"name": "hot", "levels": HOT_LEVELS}))
    seen = Sample(now_us, now_us, {"temperature": value})
    return observe(rule, State.new(), seen, {}).state.untold()


def test_readings_from_before_a_rule_are_not_its_own_though_they_are_read_after_it(hot):
    hot.send(90)
    hot.send(70, at=0.1)
    hot.run(1)
    hot.add_rule(ABOVE_80)
    hot.change_rule(hot.db.alarm_rules.documents[0]["_id"], version=2, begun_at=hot.db_now)
    hot.run(2)
    hot.broker.epoch += 1  # its log may have been cut: the last 90 seconds are read again
    hot.start()
    hot.run(2)
    assert hot.events == [("raised", "critical"), ("cleared", "critical")]

    hot.send(91)
    hot.run(1)

    assert len(hot.active) == 2


def test_what_is_new_is_a_rules_own_although_the_clock_of_the_other_side_is_behind(hot):
    hot.send(90, at=-30, received=-30)
    hot.run(1)

    assert len(hot.active) == 1


def test_a_state_that_came_with_a_change_is_not_overwritten_before_the_change_is_noticed(hot):
    hot.send(90)
    hot.run(1)
    (rule,) = hot.db.alarm_rules.documents
    hot.db.alarm_rules.update_one({"_id": rule["_id"]}, {"$set": {"version": 2}})
    suppress(hot, rule["_id"], 2)
    hot.send(91)  # the change stream has not said so yet

    hot.run(4)

    assert hot.active == []
    assert [one["version"] for one in hot.db.alarm_states.find()] == [2]


def test_what_ended_while_nobody_evaluated_is_ended_at_the_start(hot):
    hot.send(90)
    hot.run(1)
    hot.db.alarm_rules.documents.clear()

    hot.start()
    hot.run(1)

    assert [one["end_reason"] for one in hot.alarms] == ["rule removed"]
    assert list(hot.db.alarm_states.find()) == []


def test_a_device_that_gets_the_tag_of_a_rule_is_watched(stage):
    stage.add_device()
    stage.add_rule(ABOVE_80, scope={"type": "tag", "value": "pump"})
    stage.start()
    stage.send(90)
    stage.run(2)
    assert stage.alarms == []

    stage.db.devices.update_one({}, {"$set": {"tags": ["pump"]}})
    stage.changes.append(Changes(devices=frozenset({device_id(1)})))
    stage.run(2)
    stage.send(91)
    stage.run(1)

    assert len(stage.active) == 1


def test_what_comes_before_the_evaluator_hears_of_a_rule_is_the_rules_too(hot):
    hot.add_device(2, tags=["pump"])
    hot.run(2)
    hot.send(90, number=2)  # before the rule
    hot.clock.advance(0.2)
    rule = hot.add_rule(ABOVE_80, scope={"type": "tag", "value": "pump"})
    hot.clock.advance(0.1)
    hot.send(95, number=2)
    hot.clock.advance(0.1)
    hot.send(96, number=2, key="humidity")

    hot.run(3)

    assert [(one["rule"], one["value"]) for one in hot.active] == [(hot_rule(hot), 90), (rule, 95)]


def hot_rule(stage):
    return next(iter(stage.db.alarm_rules.find()))["_id"]


def test_a_rule_that_begins_makes_other_rules_see_nothing_twice(hot):
    hot.run(2)
    hot.send(90)
    hot.clock.advance(0.1)
    hot.send(70)
    hot.add_rule({"kind": "above", "key": "temperature", "limit": 60})
    hot.clock.advance(0.1)
    hot.send(75)
    hot.run(3)

    assert hot.events == [("raised", "critical"), ("cleared", "critical"), ("raised", "critical")]


def test_what_many_devices_sent_since_a_rule_began_is_stored_some_at_a_time(hot, monkeypatch):
    monkeypatch.setattr(pending, "FULL", 2)
    monkeypatch.setattr(term, "OBSERVED_AT_ONCE", 2)
    hot.kafka.max_records = 2
    stored, sizes = term.alarm_commit.commit, []

    def slow(db, lease, batch, now):
        stored(db, lease, batch, now)
        sizes.append(len(batch.raised))
        hot.clock.advance(1)  # all of them take longer than Kafka may take to answer

    for number in range(2, 32):
        hot.add_device(number)
    hot.run(3)
    rule = hot.add_rule({**ABOVE_80, "limit": 60})
    heard = hot.changes.pop()
    for first in range(2, 32, 2):
        now_us = hot.clock.now_us()
        warm = {"owner": OWNER, "ts": now_us, "values": {"temperature": 70}}
        devices = map(device_id, range(first, first + 2))
        hot.broker.publish([{"device": one, **warm} for one in devices], now_us)
    hot.run(6)
    monkeypatch.setattr(term.alarm_commit, "commit", slow)

    hot.changes.append(heard)
    hot.run(2)

    assert [one["rule"] for one in hot.active] == 30 * [rule]
    assert max(sizes) == 2


def test_what_a_device_sends_before_the_evaluator_hears_of_it_is_evaluated(hot):
    hot.run(2)
    hot.add_device(2)
    hot.clock.advance(0.1)
    hot.send(95, number=2)  # and nothing more for an hour
    hot.run(3)

    assert [str(one["device"]) for one in hot.active] == [device_id(2)]


def test_a_device_that_is_renamed_is_not_evaluated_twice(hot):
    hot.run(2)
    hot.send(90)
    hot.clock.advance(0.1)
    hot.send(70)
    hot.run(1)
    hot.db.devices.update_one({"_id": ObjectId(device_id(1))}, {"$set": {"name": "another"}})
    hot.changes.append(Changes(devices=frozenset({device_id(1)})))
    hot.run(3)

    assert hot.events == [("raised", "critical"), ("cleared", "critical")]


def test_a_rule_of_which_a_killed_evaluator_had_not_heard_sees_what_that_one_has_read(hot):
    hot.add_rule({**ABOVE_80, "key": "pressure"})
    hot.clock.advance(0.1)
    hot.send(90, key="pressure")
    hot.send(90)
    hot.evaluator.run_once()
    assert len(hot.active) == 1, "it is stored up to there"

    hot.start()
    hot.send(20, key="pressure", at=1)
    hot.run(2)

    assert hot.events.count(("raised", "critical")) == 2
    assert hot.events.count(("cleared", "critical")) == 1
