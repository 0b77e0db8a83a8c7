"""/api/alarm-rules: what may be stored, and the question about what is true already."""

from dataclasses import replace

import pytest

from qlines.clock import utc_datetime
from qlines.evaluation.machine import tick
from qlines.evaluation.rule import compile_rule
from qlines.evaluation.rule_check import check
from qlines.evaluation.state import State
from qlines.evaluation.state_document import from_document
from qlines.store import alarm_rule_file, alarm_rules, devices, presence

T0 = 1_800_000_000_000_000
ABOVE = {"kind": "above", "key": "t", "limit": 80}
HOT = {"name": "Hot", "levels": [{"severity": "major", "conditions": [ABOVE]}]}


def add(person, **more):
    return person.call("POST", "/api/alarm-rules", json={**HOT, **more})


def rule_with(condition, **more):
    return {"levels": [{"severity": "major", "conditions": [condition]}], **more}


@pytest.fixture
def hot_device(world, alice):
    """Let Alice's device have sent 95 just now."""
    world.deps.clickhouse.latest[alice.device_id] = {"t": (T0 - 1_000_000, 95)}
    return alice.device_id


def test_a_rule_comes_back_with_its_defaults_and_in_words(alice):
    answer = add(alice, scope={"type": "device", "value": alice.device_id})

    assert answer.status_code == 201
    rule = answer.json
    assert answer.headers["Location"] == f"/api/alarm-rules/{rule['id']}"
    assert rule["sentence"] == "t above 80, on the device alice's device"
    assert (rule["scope_name"], rule["version"], rule["active_alarms"]) == ("alice's device", 1, 0)
    assert (rule["enabled"], rule["lateness_seconds"], rule["channels"]) == (True, 60, None)
    assert (rule["evaluated_at"], rule["lag_ms"], rule["last_error"]) == (None, None, None)
    assert alice.get(f"/api/alarm-rules/{rule['id']}").json == rule
    assert alice.get("/api/alarm-rules").json == [rule]


def test_what_the_evaluator_notes_is_shown(world, alice):
    rule = add(alice).json
    now = utc_datetime(T0)
    noted = {"evaluated_at": now, "lag_ms": 7, "last_error": {"at": now, "sentence": "no"}}
    world.deps.db.alarm_rules.documents[0].update(noted)

    shown = alice.get(f"/api/alarm-rules/{rule['id']}").json

    assert (shown["evaluated_at"], shown["lag_ms"]) == (T0 // 1000, 7)
    assert shown["last_error"] == {"at": T0 // 1000, "sentence": "no"}


def test_put_replaces_and_patch_changes(alice):
    path = f"/api/alarm-rules/{add(alice, message='look', sticky=True).json['id']}"

    patched = alice.call("PATCH", path, json={"message": "run"}).json
    replaced = alice.call("PUT", path, json=HOT).json

    assert (patched["message"], patched["sticky"]) == ("run", True)
    assert (replaced["message"], replaced["sticky"]) == ("", False)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "body"),
        ([], "body"),
        ({"name": "x"}, "levels"),
        ({**HOT, "name": ""}, "name"),
        ({**HOT, "name": 5}, "name"),
        ({**HOT, "unknown": 1}, "unknown"),
        ({**HOT, "when_true_now": "maybe"}, "when_true_now"),
        ({**HOT, "when_true_now": ["alarm"]}, "when_true_now"),
        ({**HOT, "scope": {"type": "device", "value": "f" * 24}}, "scope.value"),
        ({**HOT, "scope": {"type": "product", "value": "x"}}, "scope.value"),
        ({**HOT, "channels": ["f" * 24]}, "channels"),
        ({**HOT, "channels": ["x"]}, "channels"),
        ({**HOT, "escalation": {"after_seconds": 60, "channels": ["x"]}}, "escalation.channels"),
        ({**HOT, **rule_with({**ABOVE, "limit": "hot"})}, "levels.0.conditions.0.limit"),
        ({**HOT, **rule_with({**ABOVE, "clear": 81})}, "levels.0.conditions.0.clear"),
    ],
)
def test_a_bad_rule_is_refused_by_field(alice, body, field):
    answer = alice.call("POST", "/api/alarm-rules", json=body)

    assert answer.status_code == 422
    assert [error["field"] for error in answer.json["errors"]] == [field]
    assert alice.get("/api/alarm-rules").json == []


def test_a_name_that_is_taken_is_refused(alice):
    add(alice)

    answer = add(alice)

    assert answer.status_code == 409
    assert "true_now" not in answer.json


def test_what_is_true_now_is_asked_about(alice, hot_device):
    answer = add(alice)

    assert answer.status_code == 409
    assert answer.json["true_now"] == [{"id": hot_device, "name": "alice's device"}]
    assert answer.json["detail"].startswith("the rule is true for 1 device now: say with")
    assert alice.get("/api/alarm-rules").json == []


def is_to_raise(stored):
    """Return whether the evaluator raises an alarm of a state before anything else is sent."""
    rule = compile_rule("", 1, check({**HOT}))
    return [one.type for one in tick(rule, from_document(stored["state"]), T0, {}).effects] == [
        "raised"
    ]


def test_it_may_raise_at_once(world, alice, hot_device):
    rule = add(alice, when_true_now="alarm").json

    [stored] = world.deps.db.alarm_states.documents
    assert stored["_id"] == f"{rule['id']}:{hot_device}"
    assert is_to_raise(stored)


def test_one_that_was_changed_begins_with_what_its_devices_have_sent_too(world, alice, hot_device):
    path = f"/api/alarm-rules/{add(alice, when_true_now='next').json['id']}"

    alice.call("PATCH", path, json={"sticky": True, "when_true_now": "alarm"})

    [stored] = world.deps.db.alarm_states.documents
    assert stored["version"] == 2
    assert is_to_raise(stored)


SILENT = {"kind": "no_data", "seconds": 60}


@pytest.mark.parametrize("seconds_ago", [30, 3_600])
def test_a_rule_about_silence_begins_with_when_each_device_was_heard(
    world, alice, hot_device, seconds_ago
):
    heard_us = T0 - seconds_ago * 1_000_000
    world.deps.clickhouse.latest[hot_device] = {"t": (heard_us, 95)}

    rule = add(alice, **rule_with(SILENT), when_true_now="alarm").json

    [stored] = world.deps.db.alarm_states.documents
    assert stored["_id"] == f"{rule['id']}:{hot_device}"
    assert from_document(stored["state"]) == State.new(heard_us=heard_us)


def test_a_changed_rule_about_silence_still_knows_it(world, alice, hot_device):
    rule = add(alice, **rule_with(SILENT)).json

    path = f"/api/alarm-rules/{rule['id']}"
    longer = rule_with({**SILENT, "seconds": 600})
    assert alice.call("PATCH", path, json=longer).status_code == 200

    [stored] = world.deps.db.alarm_states.documents
    assert stored["version"] == 2
    assert from_document(stored["state"]) == State.new(heard_us=T0 - 1_000_000)


@pytest.mark.parametrize(
    ("condition", "is_true"),
    [
        (ABOVE, True),
        ({**ABOVE, "limit": 95}, False),
        ({**ABOVE, "limit": {"attribute": "maxTemp", "default": 90}}, True),
        ({"kind": "equals", "key": "t", "value": 95}, True),
        ({"kind": "below", "key": "other", "limit": 5}, False),
        ({"kind": "no_data", "seconds": 600}, False),
        ({"kind": "no_data", "seconds": 1}, True),
        ({"kind": "offline", "seconds": 10}, True),
        ({"kind": "offline", "seconds": 600_000}, False),
    ],
)
def test_the_latest_readings_and_the_connection_say_what_is_true(
    world, alice, hot_device, condition, is_true
):
    left = presence.Change(hot_device, False, T0 - 20_000_000, "left", "")
    presence.write(world.deps.db, [left])
    world.deps.clock.advance(1)

    answer = alice.call("POST", "/api/alarm-rules", json={"name": "x", **rule_with(condition)})

    assert (answer.status_code == 409) is is_true


@pytest.mark.parametrize("more", [{"for_seconds": 3600}, {"match": "all"}])
def test_it_is_true_now_however_long_it_is_to_hold(alice, hot_device, more):
    levels = [{"severity": "major", "conditions": [ABOVE], **more}]

    assert add(alice, levels=levels, schedule={"zone": "UTC", "days": [1]}).status_code == 409


def test_devices_of_others_are_not_asked_about(bob, hot_device):
    assert add(bob).status_code == 201


def test_one_that_is_switched_off_is_asked_about_when_it_is_switched_on(alice, hot_device):
    path = f"/api/alarm-rules/{add(alice, enabled=False).json['id']}"

    assert alice.call("PATCH", path, json={"message": "x"}).status_code == 200
    assert alice.call("PATCH", path, json={"enabled": True}).status_code == 409
    on = {"enabled": True, "when_true_now": "next"}
    assert alice.call("PATCH", path, json=on).status_code == 200


def test_a_change_that_decides_nothing_does_not_ask(alice, hot_device):
    path = f"/api/alarm-rules/{add(alice, when_true_now='alarm').json['id']}"

    assert alice.call("PATCH", path, json={"name": "Warm"}).status_code == 200
    assert alice.call("PATCH", path, json=rule_with({**ABOVE, "limit": 70})).status_code == 409


def test_a_device_with_an_alarm_of_the_rule_is_not_asked_about(world, alice, hot_device):
    rule = add(alice, when_true_now="alarm").json
    alarm = {"rule": alarm_rules.find(world.deps.db, rule["id"], owner=alice.id)["_id"],
             "device": alice.device["_id"], "active": True}  # fmt: skip
    world.deps.db.alarms.documents.append(alarm)
    path = f"/api/alarm-rules/{rule['id']}"
    alarm["owner"] = alice.id

    assert alice.call("PATCH", path, json=rule_with({**ABOVE, "limit": 70})).status_code == 200


def test_a_rule_about_a_device_that_was_claimed_is_about_nothing(world, alice, bob):
    rule = add(alice, scope={"type": "device", "value": alice.device_id}).json
    world.deps.db.devices.documents[0]["owner"] = bob.id

    shown = alice.get(f"/api/alarm-rules/{rule['id']}").json

    assert shown["scope_name"] is None
    assert devices.find(world.deps.db, alice.device_id)["owner"] == bob.id


@pytest.fixture
def about_the_past(world, alice, bob):
    """Return a rule of Alice's whose channel was removed, and whose device is Bob's by now."""
    channel = alice.call(
        "POST",
        "/api/channels",
        json={"name": "me", "type": "email", "settings": {"address": "a@b.de"}},
    ).json["id"]
    rule = add(
        alice,
        scope={"type": "device", "value": alice.device_id},
        channels=[channel],
        escalation={"after_seconds": 900, "channels": [channel]},
    ).json
    assert alice.call("DELETE", f"/api/channels/{channel}").status_code == 204
    world.deps.db.devices.documents[0]["owner"] = bob.id
    return rule


def test_a_rule_whose_channel_and_device_are_gone_can_be_changed(alice, about_the_past):
    path = f"/api/alarm-rules/{about_the_past['id']}"

    switched_off = alice.call("PATCH", path, json={"enabled": False})

    assert (switched_off.status_code, switched_off.json["enabled"]) == (200, False)
    kept = {"scope": about_the_past["scope"], "channels": about_the_past["channels"]}
    assert alice.call("PUT", path, json={**HOT, **kept}).status_code == 200
    exported = alice.get("/api/alarm-rules.yaml").data
    report = alice.call(
        "POST", "/api/alarm-rules.yaml", data=exported, content_type="application/yaml"
    )
    assert report.json["unchanged"] == ["Hot"]


def test_it_cannot_name_another_one_that_is_gone(alice, about_the_past):
    path = f"/api/alarm-rules/{about_the_past['id']}"

    answer = alice.call("PATCH", path, json={"channels": [*about_the_past["channels"], "f" * 24]})

    assert [error["field"] for error in answer.json["errors"]] == ["channels"]


def test_a_rule_with_a_channel_that_was_removed_can_be_tried(alice, about_the_past):
    rule = {"levels": HOT["levels"], "channels": about_the_past["channels"]}

    assert alice.call("POST", "/api/alarm-rules/dry-run", json={"rule": rule}).status_code == 200


def test_who_names_the_version_that_they_have_seen_overwrites_no_other_one(alice):
    made = add(alice)
    path = f"/api/alarm-rules/{made.json['id']}"
    seen = {"If-Match": made.headers["ETag"]}
    assert alice.get(path).headers["ETag"] == made.headers["ETag"]

    first = alice.call("PATCH", path, json={"message": "run"}, headers=seen)
    second = alice.call("PUT", path, json={**HOT, "message": "walk"}, headers=seen)

    assert (first.status_code, second.status_code) == (200, 412)
    assert second.json["detail"].startswith("the alarm rule 'Hot' was changed in the meantime")
    assert alice.get(path).json["message"] == "run"
    newest = {"If-Match": f"W/{first.headers['ETag']}"}  # as a proxy that compresses makes it
    assert alice.call("PUT", path, json=HOT, headers=newest).status_code == 200


def test_who_names_the_version_that_they_have_seen_removes_no_other_one(alice):
    made = add(alice)
    path = f"/api/alarm-rules/{made.json['id']}"
    changed = alice.call("PATCH", path, json={"message": "run"})

    seen, newest = ({"If-Match": one.headers["ETag"]} for one in (made, changed))
    assert alice.call("DELETE", path, headers=seen).status_code == 412
    assert alice.get(path).json["message"] == "run"
    assert alice.call("DELETE", path, headers=newest).status_code == 204


def test_without_a_version_a_rule_is_changed_as_it_is(alice):
    path = f"/api/alarm-rules/{add(alice).json['id']}"

    for message in ("run", "walk"):
        assert alice.call("PATCH", path, json={"message": message}).status_code == 200
    assert alice.call("PUT", path, json=HOT, headers={"If-Match": "*"}).status_code == 200


@pytest.fixture
def two_pairs(world, alice):
    """Let Alice have two devices, and room for two pairs of a rule and a device."""
    world.app.extensions["qlines"] = replace(world.deps, alarm_pairs=2)
    devices.add(world.deps.db, alice.id, "second", tags=["roof"])


def test_a_rule_that_makes_too_many_pairs_is_refused_with_the_way_on(alice, bob, two_pairs):
    assert add(alice).status_code == 201
    refused = add(alice, name="Cold")

    assert refused.status_code == 422
    [error] = refused.json["errors"]
    assert error["field"] == "scope"
    assert "at most 2 pairs" in error["reason"]
    assert "there would be 4" in error["reason"]
    assert add(alice, name="Cold", enabled=False).status_code == 201
    assert add(bob, name="Cold").status_code == 201


def test_what_makes_no_more_pairs_is_always_possible(world, alice, two_pairs):
    path = f"/api/alarm-rules/{add(alice).json['id']}"
    for number in range(3):
        devices.add(world.deps.db, alice.id, f"more {number}")

    assert alice.call("PATCH", path, json={"message": "run"}).status_code == 200
    fewer = {"scope": {"type": "tag", "value": "roof"}}
    assert alice.call("PATCH", path, json=fewer).status_code == 200
    assert alice.call("PATCH", path, json={"scope": {"type": "all"}}).status_code == 422


def test_so_is_a_file_of_rules(alice, two_pairs):
    two = [{**HOT, "name": name, "scope": {"type": "all"}} for name in ("a", "b")]
    text = alarm_rule_file.write(map(check, two))

    answer = alice.call("POST", "/api/alarm-rules.yaml", data=text, content_type="application/yaml")

    assert answer.status_code == 422
    assert "there would be 4" in answer.json["detail"]
    assert alice.get("/api/alarm-rules").json == []
