"""/api/alarm-rules.yaml: export, import and what an import would change."""

import pytest

from tests.unit.web.api.test_alarm_rules import ABOVE, HOT, T0, add

FILE = """\
rules:
- name: Hot
  levels:
  - severity: critical
    conditions:
    - {kind: above, key: t, limit: 90}
- name: Cold
  levels:
  - severity: minor
    conditions:
    - {kind: below, key: t, limit: 5}
"""


def send(person, text, query="", content_type="application/yaml"):
    return person.call(
        "POST", f"/api/alarm-rules.yaml{query}", data=text, content_type=content_type
    )


def names(person):
    return [rule["name"] for rule in person.get("/api/alarm-rules").json]


def test_what_is_exported_can_be_imported_by_somebody_else(alice, bob):
    add(alice, sticky=True)

    exported = alice.get("/api/alarm-rules.yaml")
    answer = send(bob, exported.data)

    assert exported.mimetype == "application/yaml"
    assert answer.json["added"] == ["Hot"]
    [rule] = bob.get("/api/alarm-rules").json
    assert (rule["name"], rule["sticky"]) == ("Hot", True)
    assert rule["levels"][0]["conditions"] == [{**ABOVE, "clear": None}]


def test_a_dry_run_says_what_would_change_and_changes_nothing(alice):
    add(alice)
    add(alice, name="Wet")

    report = send(alice, FILE, "?dry_run=1").json

    assert (report["added"], report["changed"]) == (["Cold"], ["Hot"])
    assert (report["unchanged"], report["kept"], report["errors"]) == ([], ["Wet"], [])
    assert "-      limit: 80\n+      limit: 90\n" in report["diff"]
    assert "--- (no such rule)\n+++ Cold (file)\n" in report["diff"]
    assert names(alice) == ["Hot", "Wet"]


def test_all_of_it_is_imported(alice):
    add(alice)
    add(alice, name="Wet")

    report = send(alice, "\ufeff" + FILE).json

    assert (report["added"], report["changed"]) == (["Cold"], ["Hot"])
    assert names(alice) == ["Cold", "Hot", "Wet"]
    assert send(alice, FILE).json["unchanged"] == ["Hot", "Cold"]


def test_nothing_of_it_is_imported_when_a_rule_has_a_fault(alice):
    text = FILE.replace("limit: 5", "limit: five")

    answer = send(alice, text)

    assert answer.status_code == 422
    assert answer.json["errors"] == [
        {
            "field": "line 11, Cold",
            "reason": 'levels.0.conditions.0.limit must be a number, got "five"',
        }
    ]
    assert names(alice) == []
    [error] = send(alice, text, "?dry_run=1").json["errors"]
    assert (error["line"], error["rule"]) == (11, "Cold")


def test_what_is_true_now_is_asked_about(world, alice):
    world.deps.clickhouse.latest[alice.device_id] = {"t": (T0 - 1_000_000, 95)}

    answer = send(alice, FILE)

    assert answer.status_code == 409
    assert answer.json["true_now"] == [{"id": alice.device_id, "name": "alice's device"}]
    assert names(alice) == []
    assert send(alice, FILE, "?when_true_now=next").status_code == 200
    assert len(world.deps.db.alarm_states.documents) == 1


@pytest.mark.parametrize(
    ("data", "content_type", "status"),
    [
        (FILE, "application/json", 415),
        (FILE, "", 415),
        (b"\xff", "text/yaml", 422),
        ("a" * 1_100_000, "text/yaml", 413),
    ],
)
def test_another_body_is_refused(alice, data, content_type, status):
    assert send(alice, data, content_type=content_type).status_code == status


def test_a_bad_choice_is_refused(alice):
    assert send(alice, FILE, "?when_true_now=maybe").status_code == 422
    assert HOT["name"] not in names(alice)
