"""Silence of devices as the evaluator finds it, also while it is killed and started again."""

from itertools import pairwise

import pytest
from bson import ObjectId

from qlines.alarms import pending, term
from qlines.alarms.changes import Changes
from qlines.errors import StoreUnavailableError
from qlines.evaluation.state import State
from tests.unit.alarms.stage import ABOVE_80, OWNER, SILENT, device_id


def test_silence_is_found_by_the_clock_and_ends_with_a_reading(stage):
    stage.add_device()
    stage.add_rule(SILENT)
    stage.start()
    stage.send(1)
    stage.run(59, step=1)
    assert stage.alarms == []

    stage.run(4, step=1)
    assert len(stage.active) == 1
    stage.send(1)
    stage.run(2, step=1)

    assert stage.events == [("raised", "critical"), ("cleared", "critical")]


@pytest.mark.parametrize("is_cleared_by_hand", [False, True])
def test_one_that_is_back_and_silent_again_is_found_as_soon_as_the_first_time(
    stage, is_cleared_by_hand
):
    stage.add_device()
    hour = {"severity": "critical", "conditions": [{**SILENT, "seconds": 3_600}]}
    stage.add_rule(levels=[hour, {"severity": "minor", "conditions": [SILENT]}])
    stage.start()
    stage.send(1)
    stage.run(63, step=1)
    (alarm,) = stage.active
    if is_cleared_by_hand:
        stage.clear_by_hand(alarm)
        stage.run(2, step=1)
    stage.send(1)
    stage.run(58, step=1)
    assert stage.active == []

    stage.run(5, step=1)

    assert [one["severity"] for one in stage.active] == ["minor"]


def test_a_key_that_is_sent_for_the_first_time_is_missed_as_soon_as_any_other_time(stage):
    stage.add_device()
    hour = {"severity": "critical", "conditions": [{**SILENT, "seconds": 3_600}]}
    of_key = {"severity": "minor", "conditions": [{**SILENT, "key": "temperature"}]}
    stage.add_rule(levels=[hour, of_key])
    stage.start()
    stage.send(1, key="humidity")
    stage.run(3, step=1)
    stage.send(1)

    stage.run(63, step=1)

    assert [one["severity"] for one in stage.active] == ["minor"]


def test_a_rule_about_silence_is_also_about_a_device_that_never_sends_again(stage):
    stage.add_device()
    stage.add_rule(ABOVE_80)
    stage.start()
    stage.run(40, step=1)
    rule = ObjectId()
    stage.begin_with(rule, 1, State.new(heard_us=stage.clock.now_us() - 30_000_000))
    stage.add_rule(SILENT, rule_id=rule)

    stage.run(28, step=1)
    assert stage.alarms == []
    stage.run(5, step=1)

    assert len(stage.active) == 1


@pytest.mark.parametrize("is_killed", [False, True])
def test_a_device_that_comes_under_the_rule_later_and_never_sends_again_is_found(stage, is_killed):
    stage.add_device(1)
    stage.add_device(2)
    stage.add_rule(SILENT, scope={"type": "tag", "value": "pump"})
    stage.last_heard.heard = {device_id(1): stage.clock.now_us() - 3_600_000_000}
    stage.start()
    stage.run(40, step=1)
    for device in (1, 2):  # of which the second has never sent anything
        query = {"_id": ObjectId(device_id(device))}
        stage.db.devices.update_one(query, {"$set": {"tags": ["pump"]}})
        stage.changes.append(Changes(devices=frozenset({device_id(device)})))
    stage.run(2, step=1)
    stage.last_heard.heard = {}
    if is_killed:
        stage.start()

    stage.run(56, step=1)
    assert stage.alarms == [], "it has the rule's own time to be heard of"
    stage.run(8, step=1)

    (alarm,) = stage.active
    assert alarm["device"] == ObjectId(device_id(1))


def test_one_that_came_under_it_while_nobody_evaluated_is_found_too(stage):
    stage.add_device(tags=["pump"])
    stage.add_rule(SILENT, scope={"type": "tag", "value": "pump"})
    stage.last_heard.heard = {device_id(1): stage.clock.now_us() - 3_600_000_000}

    stage.start()
    stage.run(65, step=1)

    assert len(stage.active) == 1


def test_who_is_killed_every_minute_finds_what_is_silent_for_longer(stage):
    stage.add_device(1)
    stage.add_device(2)
    stage.add_rule(
        {"kind": "no_data", "seconds": 600}, scope={"type": "device", "value": device_id(1)}
    )
    stage.start()
    for number in (1, 2):
        stage.send(1, number)
    stage.run(2)
    for _ in range(16):
        stage.start()
        for _ in range(6):
            stage.send(1, 2)
            stage.run(10, step=1)

    (alarm,) = stage.active
    assert alarm["device"] == ObjectId(device_id(1))


def test_who_is_killed_often_finds_nobody_silent_who_sends(stage):
    stage.add_device()
    stage.add_rule({"kind": "no_data", "seconds": 90})
    stage.start()
    for _ in range(16):
        stage.start()
        for _ in range(2):
            stage.send(1)
            stage.run(60, step=2)

    assert stage.alarms == []


@pytest.mark.parametrize("kills", [1, 5])
def test_after_a_time_in_which_nothing_ran_silence_counts_anew_however_often_it_is_killed(
    stage, kills
):
    stage.add_device(1)
    stage.add_device(2)
    stage.add_rule({"kind": "no_data", "seconds": 120})
    stage.start()
    stage.send(1)
    stage.run(20, step=1)
    stage.clock.advance(3_600)

    for _ in range(kills):
        stage.start()
        for _ in range(10):
            stage.send(1, 2)
            stage.run(100 // kills / 10, step=1)

    assert stage.alarms == []


def test_while_kafka_does_not_answer_nobody_is_found_silent(stage):
    stage.add_device()
    stage.add_rule(SILENT)
    stage.start()
    stage.send(1)
    stage.run(5, step=1)
    stage.broker.is_away = True
    for _ in range(100):
        with pytest.raises(StoreUnavailableError):
            stage.run(2, step=1)
        stage.clock.advance(2)

    stage.broker.is_away = False
    stage.run(58, step=1)
    assert stage.alarms == [], "it gets the rule's own time to be heard of"
    stage.run(5, step=1)

    assert len(stage.active) == 1


def test_all_who_fall_silent_at_once_are_found_and_stored_some_at_a_time(stage, monkeypatch):
    monkeypatch.setattr(pending, "FULL", 10)
    devices = range(1, 31)
    for number in devices:
        stage.add_device(number)
    stage.add_rule(SILENT)
    stage.start()
    stage.run(1)
    for number in devices:
        stage.send(1, number)
    stage.run(59, step=1)
    found = [0]
    for _ in range(6):
        stage.run(1, step=1)
        found.append(len(stage.active))

    assert found[-1] == len(devices)
    assert max(after - before for before, after in pairwise(found)) == 10


def test_nobody_is_found_silent_whose_reading_came_while_a_storm_was_stored(stage, monkeypatch):
    monkeypatch.setattr(pending, "FULL", 2)
    monkeypatch.setattr(term, "OBSERVED_AT_ONCE", 1)
    stored = term.alarm_commit.commit

    def slow(db, lease, batch, now):
        stored(db, lease, batch, now)
        if batch.raised:
            stage.send(1, 5)
            stage.clock.advance(20)

    monkeypatch.setattr(term.alarm_commit, "commit", slow)
    for number in range(1, 6):
        stage.add_device(number)
    stage.add_rule(ABOVE_80)
    stage.add_rule(SILENT, scope={"type": "device", "value": device_id(5)})
    stage.start()
    stage.send(1, 5)
    stage.run(50, step=1)
    now_us = stage.clock.now_us()
    hot = {"owner": OWNER, "ts": now_us, "values": {"temperature": 90}}
    stage.broker.publish([{"device": device_id(one), **hot} for one in range(1, 4)], now_us)

    stage.run(5, step=1)

    assert {str(one["device"]) for one in stage.alarms} == set(map(device_id, range(1, 4)))
