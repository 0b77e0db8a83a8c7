"""Changes of alarms and their rules, and the audit lines that they leave; see test_audit.py."""

from qlines.clock import utc_datetime
from qlines.store.alarm_document import Cause, Subject, alarm_collection, alarm_document

ALARM = "/api/alarms/<alarm_id>"
RULE = "/api/alarm-rules/<rule_id>"
HOT = {
    "name": "Hot",
    "levels": [{"severity": "major", "conditions": [{"kind": "above", "key": "t", "limit": 1}]}],
}
FILE = """\
rules:
- {name: Hot, levels: [{severity: info, conditions: [{kind: above, key: t, limit: 2}]}]}
- {name: Cold, levels: [{severity: info, conditions: [{kind: below, key: t, limit: 2}]}]}
"""
NAMED = "the alarm 'Hot' of \"carol's device\""


def rule_of(one):
    return one.carol.call("POST", "/api/alarm-rules", json=HOT).json["id"]


def alarm_of(one):
    """Return the id of an alarm of Carol's device."""
    carol, deps = one.carol, one.world.deps
    now = utc_datetime(deps.clock.now_us())
    subject = Subject(carol.id, carol.device["_id"], carol.device["name"], carol.id, "Hot", 1)
    alarm = alarm_document(
        subject, "major", Cause("t", 2, 1, 1, 0), started_at=now, now=now, fence=1
    )
    alarm_collection(deps.db).insert_one(alarm)
    return str(alarm["_id"])


def with_alarm(path, **body):
    return lambda one: one.api("POST", f"/api/alarms/{alarm_of(one)}{path}", **body)


def with_rule(method, **body):
    return lambda one: one.api(method, f"/api/alarm-rules/{rule_of(one)}", **body)


def import_file(one):
    rule_of(one)
    answer = one.carol.call(
        "POST", "/api/alarm-rules.yaml", data=FILE, content_type="application/yaml"
    )
    assert answer.status_code == 200, answer.text


# As CHANGES in test_audit.py.
OF_ALARMS = {
    ("/api/alarms/acknowledge", "POST"): (
        lambda one: one.api("POST", "/api/alarms/acknowledge", ids=[alarm_of(one)]),
        "acknowledged 1 alarm",
    ),
    (f"{ALARM}/acknowledge", "POST"): (with_alarm("/acknowledge"), f"acknowledged {NAMED}"),
    (f"{ALARM}/clear", "POST"): (
        with_alarm("/clear", mute_seconds=3600), f"cleared {NAMED}",
    ),
    (f"{ALARM}/assign", "POST"): (
        with_alarm("/assign", to="carol@example.com"), f"assigned {NAMED}",
    ),
    (f"{ALARM}/comments", "POST"): (
        with_alarm("/comments", text="on my way"), f"commented on {NAMED}",
    ),
    (f"{ALARM}/mute", "POST"): (with_alarm("/mute", seconds=3600), f"muted {NAMED}"),
    ("/api/alarm-rules", "POST"): (rule_of, "added the alarm rule 'Hot'"),
    (RULE, "PUT"): (
        with_rule("PUT", **HOT, sticky=True), "changed sticky of the alarm rule 'Hot'",
    ),
    (RULE, "PATCH"): (
        with_rule("PATCH", name="Warm", message="x"),
        "changed message, name of the alarm rule 'Warm'",
    ),
    (RULE, "DELETE"): (with_rule("DELETE"), "removed the alarm rule 'Hot'"),
    ("/api/alarm-rules.yaml", "POST"): (
        import_file, "imported alarm rules: added 'Cold'; changed 'Hot'",
    ),
}  # fmt: skip
