"""/api/alarm-rules/dry-run: what a rule would have done; the readings are a test's."""

import pytest

from qlines.store import devices, presence
from qlines.web import dry_run

T0 = 1_800_000_000_000_000
MINUTE = 60_000_000
ABOVE = {"kind": "above", "key": "t", "limit": 80}


def rule_with(*conditions, **more):
    return {"levels": [{"severity": "major", "conditions": list(conditions)}], **more}


def tried(person, rule):
    return person.call("POST", "/api/alarm-rules/dry-run", json={"rule": rule})


@pytest.fixture
def history(world, alice):
    """Let Alice's device have sent 50, 95, 95, 50, 95, one a minute, until now."""
    values = (50, 95, 95, 50, 95)
    found = [(T0 - (5 - n) * MINUTE, {"t": value}) for n, value in enumerate(values)]
    world.deps.clickhouse.history[alice.device_id] = found
    world.deps.clickhouse.latest[alice.device_id] = {"t": (found[-1][0], 95)}
    return found


def test_it_says_what_would_have_been(alice, history):
    answer = tried(alice, rule_with(ABOVE)).json

    assert answer.pop("seconds") >= 0
    device = {"device": alice.device_id, "name": "alice's device", "severity": "major"}
    assert answer == {
        "raised": 2,
        "cleared": 1,
        "active_now": 1,
        "longest_seconds": 120,
        "true_now": [{"id": alice.device_id, "name": "alice's device"}],
        "alarms": [
            {**device, "from": history[1][0] // 1000, "to": history[3][0] // 1000},
            {**device, "from": history[4][0] // 1000, "to": None},
        ],
        "sentence": "t above 80, on all devices",
        "devices": 1,
        "checked": 1,
        "untried": None,
    }


def test_nothing_is_stored(world, alice, history):
    tried(alice, rule_with(ABOVE))

    assert world.deps.db.alarm_rules.documents == []
    assert world.deps.db.alarms.documents == []
    assert world.deps.db.alarm_states.documents == []


def test_devices_of_others_are_not_in_it(bob, history):
    answer = tried(bob, rule_with(ABOVE)).json

    assert (answer["raised"], answer["devices"]) == (0, 1)


def test_attributes_decide_the_limit(world, alice, history):
    world.deps.db.server_attributes.insert_one(
        {"_id": alice.device["_id"], "values": [{"key": "maxTemp", "value": 99}]}
    )
    condition = {**ABOVE, "limit": {"attribute": "maxTemp", "default": 80}}

    assert tried(alice, rule_with(condition)).json["raised"] == 0


def test_of_a_rule_about_connections_it_is_said_why_it_cannot_be_tried(world, alice):
    left = presence.Change(alice.device_id, False, world.deps.clock.now_us(), "left", "")
    presence.write(world.deps.db, [left])
    world.deps.clock.advance(120)

    answer = tried(alice, rule_with({"kind": "offline", "seconds": 60})).json

    assert answer["untried"].startswith("A rule about connections cannot be tried on the past")
    assert answer["sentence"].startswith("offline")
    assert [one["id"] for one in answer["true_now"]] == [alice.device_id]
    assert (answer["raised"], answer["checked"], answer["devices"]) == (0, 0, 1)


def test_when_the_time_is_up_the_devices_that_are_left_are_said(world, alice, monkeypatch):
    devices.add(world.deps.db, alice.id, "another")
    moments = iter([0.0, 0.0, 1.0, 30.0, 30.0, 30.0])
    monkeypatch.setattr(world.deps.clock, "monotonic", lambda: next(moments))

    answer = tried(alice, rule_with(ABOVE)).json

    assert (answer["checked"], answer["devices"]) == (1, 2)


def test_a_device_that_takes_too_long_is_not_checked(world, alice, history, monkeypatch):
    moments = iter([0.0, 0.0, 1.0, 1.0, 30.0, 30.0])
    monkeypatch.setattr(world.deps.clock, "monotonic", lambda: next(moments))

    answer = tried(alice, rule_with(ABOVE)).json

    assert (answer["checked"], answer["devices"]) == (0, 1)
    assert (answer["raised"], answer["true_now"], answer["alarms"]) == (0, [], [])


def test_a_person_tries_one_rule_at_a_time(world, alice, history):
    with world.deps.dry_run_turns.turn(alice.id):
        world.deps.dry_run_turns._gates[alice.id].callers += 1  # another one waits
        answer = tried(alice, rule_with(ABOVE))

    assert answer.status_code == 429
    assert answer.json["detail"] == dry_run.BUSY


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ({"rule": 5}, "rule"),
        ({"rule": {}, "more": 1}, "rule"),
        ({"rule": {}}, "levels"),
        ({"rule": rule_with({**ABOVE, "limit": "x"})}, "levels.0.conditions.0.limit"),
        ({"rule": rule_with(ABOVE, scope={"type": "device", "value": "x"})}, "scope.value"),
    ],
)
def test_a_bad_rule_is_refused_by_field(alice, body, field):
    answer = alice.call("POST", "/api/alarm-rules/dry-run", json=body)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == [field]


def test_while_clickhouse_is_away_it_says_so(world, alice, history):
    world.deps.clickhouse.is_away = True

    assert tried(alice, rule_with(ABOVE)).status_code == 503
