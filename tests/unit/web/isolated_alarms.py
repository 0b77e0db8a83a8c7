"""The paths of alarms and their rules for test_isolation.py, and Alice's rule and alarm."""

from bson import ObjectId

from qlines.clock import utc_datetime
from qlines.evaluation.rule_check import check
from qlines.store import alarm_rules
from qlines.store.alarm_document import Cause, Subject, alarm_collection, alarm_document

ALARM = "/api/alarms/<alarm_id>"
RULE = "/api/alarm-rules/<rule_id>"
# As ROUTES and BODIES in test_isolation.py.
SIGN_IN = "sign in"
ALARM_ROUTES = {
    "/alarms": {"GET": (SIGN_IN, 200, 200)},
    "/alarms/<alarm_id>": {"GET": (SIGN_IN, 404, 200)},
    "/alarm-rules": {"GET": (SIGN_IN, 200, 200)},
    "/alarm-rules/new": {"GET": (SIGN_IN, 200, 200)},
    "/alarm-rules/<rule_id>": {"GET": (SIGN_IN, 404, 200)},
    "/api/alarms": {"GET": (401, 200, 200)},
    "/api/alarms/count": {"GET": (401, 200, 200)},
    "/api/alarms/acknowledge": {"POST": (401, 200, 200)},
    ALARM: {"GET": (401, 404, 200)},
    f"{ALARM}/acknowledge": {"POST": (401, 404, 200)},
    f"{ALARM}/clear": {"POST": (401, 404, 200)},
    f"{ALARM}/assign": {"POST": (401, 404, 200)},
    f"{ALARM}/comments": {"POST": (401, 404, 201)},
    f"{ALARM}/mute": {"POST": (401, 404, 200)},
    "/api/alarm-rules": {"GET": (401, 200, 200), "POST": (401, 422, 422)},
    "/api/alarm-rules.yaml": {"GET": (401, 200, 200), "POST": (401, 415, 415)},
    "/api/alarm-rules/dry-run": {"POST": (401, 200, 200)},
    RULE: {
        "GET": (401, 404, 200),
        "PUT": (401, 404, 422),
        "PATCH": (401, 404, 200),
        "DELETE": (401, 404, 204),
    },
}
LEVELS = [{"severity": "major", "conditions": [{"kind": "above", "key": "t", "limit": 1}]}]
ALARM_BODIES = {
    "/api/alarms/acknowledge": {"ids": ["f" * 24]},
    f"{ALARM}/assign": {"to": "alice@example.com"},
    f"{ALARM}/comments": {"text": "changed"},
    f"{ALARM}/mute": {"seconds": 60},
    "/api/alarm-rules/dry-run": {"rule": {"levels": LEVELS}},
    RULE: {"message": "changed"},
}


def add_rule(world, alice):
    """Add a rule about Alice's device alone."""
    scope = {"type": "device", "value": alice.device_id}
    fields = check({"name": "alice's rule", "scope": scope, "levels": LEVELS})
    return alarm_rules.add(world.deps.db, alice.id, fields, _now(world))


def add_alarm(world, alice, rule_id):
    """Add an alarm of Alice's device, and return its id."""
    now, device = _now(world), alice.device
    subject = Subject(alice.id, device["_id"], device["name"], ObjectId(rule_id), "alice's rule", 1)
    cause = Cause("t", 2, 1, 1, 0)
    alarm = alarm_document(subject, "major", cause, started_at=now, now=now, fence=1)
    alarm_collection(world.deps.db).insert_one(alarm)
    return str(alarm["_id"])


def _now(world):
    return utc_datetime(world.deps.clock.now_us())
