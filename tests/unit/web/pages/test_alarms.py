"""The pages of alarms and of rules."""

from datetime import timedelta

import pytest

from qlines.clock import utc_datetime
from qlines.evaluation.rule_check import check
from qlines.store import alarm_rules
from qlines.store.alarm_document import Cause, Subject, alarm_collection, alarm_document

HOSTILE = "<script>alert(1)</script>"
RULE = {
    "name": HOSTILE,
    "levels": [
        {"severity": "major", "conditions": [{"kind": "above", "key": "t", "limit": 80}]},
    ],
}


@pytest.fixture
def rule(world, alice):
    now = utc_datetime(world.deps.clock.now_us())
    return alarm_rules.add(world.deps.db, alice.id, check(RULE), now)


@pytest.fixture
def alarm(world, alice, rule):
    now = utc_datetime(world.deps.clock.now_us())
    device = alice.device
    subject = Subject(alice.id, device["_id"], HOSTILE, rule["_id"], rule["name"], 1)
    made = alarm_document(
        subject, "major", Cause("t", 90, 80, 80, None), fence=1, now=now,
        started_at=now - timedelta(hours=1),
    )  # fmt: skip
    alarm_collection(world.deps.db).insert_one(made)
    return made


def test_the_menu_leads_to_alarms_and_rules(alice):
    page = alice.get("/devices").text

    assert 'href="/alarms"' in page
    assert 'href="/alarm-rules"' in page


@pytest.mark.parametrize("path", ["/alarms", "/alarm-rules"])
def test_an_empty_list_leads_to_a_new_rule(alice, path):
    assert 'href="/alarm-rules/new"' in alice.get(path).text


def test_an_alarm_has_the_labels_of_its_device(alice, alarm):
    displays = {"t": {"label": "Water", "unit": "°C"}}
    alice.call("PATCH", f"/api/devices/{alice.device_id}", json={"displays": displays})

    page = alice.get(f"/alarms/{alarm['_id']}").text

    assert '"Water"' in page
    assert HOSTILE not in page
    assert alice.user["email"] in page


def test_an_alarm_stays_when_its_device_is_removed(alice, alarm):
    alice.call("DELETE", f"/api/devices/{alice.device_id}")

    assert alice.get(f"/alarms/{alarm['_id']}").status_code == 200


def test_an_alarm_leads_to_its_device_and_its_rule_while_they_are_there(alice, alarm, rule):
    path = f"/alarms/{alarm['_id']}"
    page = alice.get(path).text
    assert ("data-has-device" in page, "data-has-rule" in page) == (True, True)

    alice.call("DELETE", f"/api/devices/{alice.device_id}")
    alice.call("DELETE", f"/api/alarm-rules/{rule['_id']}")

    page = alice.get(path).text
    assert ("data-has-device" in page, "data-has-rule" in page) == (False, False)
    assert 'id="chart-card" hidden' in page, "nobody can read its values"


def test_an_admin_to_whom_an_alarm_is_assigned_is_led_to_nothing_of_its_owner(alice, carol, alarm):
    path = f"/alarms/{alarm['_id']}"
    to = {"to": carol.user["email"]}
    assert alice.call("POST", f"/api{path}/assign", json=to).status_code == 200

    page = carol.get(path).text

    assert ("data-has-device" in page, "data-has-rule" in page) == (False, False)
    assert 'id="chart-card" hidden' in page


def test_nobody_sees_the_alarm_or_the_rule_of_another(alice, bob, alarm, rule):
    for path in (f"/alarms/{alarm['_id']}", f"/alarm-rules/{rule['_id']}"):
        assert alice.get(path).status_code == 200
        assert bob.get(path).status_code == 404


def test_a_rule_has_its_name_as_text(alice, rule):
    page = alice.get(f"/alarm-rules/{rule['_id']}").text

    assert HOSTILE not in page
    assert "&lt;script&gt;" in page


def test_a_new_rule_begins_with_the_value_of_a_device(alice):
    query = {"device": alice.device_id, "key": "a,b", "value": HOSTILE}

    page = alice.call("GET", "/alarm-rules/new", query_string=query).text

    assert f'data-device="{alice.device_id}"' in page
    assert 'data-key="a,b"' in page
    assert HOSTILE not in page


@pytest.mark.parametrize("device", ["none", "0123456789abcdef01234567"])
def test_a_new_rule_about_a_device_of_another_is_refused(alice, device):
    assert alice.get(f"/alarm-rules/new?device={device}").status_code == 404


def test_what_is_typed_into_a_rule_is_kept_for_its_person(alice, bob):
    for person in (alice, bob):
        assert f'data-person="{person.id}"' in person.get("/alarm-rules/new").text
