"""Alarm rules and channels of one owner, for the measurements."""

from typing import Any

from tests.harness.people import Person
from tests.harness.webhook_receiver import WebhookReceiver

TRUE_ABOVE = 50


def above(key: str, limit: float, *, for_seconds: int = 0) -> list[dict[str, Any]]:
    """Return the levels of a rule: *key* above *limit*."""
    condition = {"kind": "above", "key": key, "limit": limit}
    return [
        {
            "severity": "major",
            "match": "any",
            "for_seconds": for_seconds,
            "conditions": [condition],
        }
    ]


def silent(seconds: int) -> list[dict[str, Any]]:
    """Return the levels of a rule: nothing from a device for so long, or ever."""
    condition = {"kind": "no_data", "seconds": seconds, "if_never": True}
    return [{"severity": "major", "match": "any", "for_seconds": 0, "conditions": [condition]}]


def add_rule(owner: Person, name: str, scope: dict[str, str], **more: Any) -> str:
    """Add a rule, which alarms at once where it is true; return its id."""
    body = {"name": name, "scope": scope, "when_true_now": "alarm", **more}
    answer = owner.api.post("/api/alarm-rules", json=body, timeout=120)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def add_channel(owner: Person, name: str, receiver: WebhookReceiver) -> str:
    """Add a webhook to the path of that name, for rules that name it; return its id."""
    settings = {"url": receiver.url(f"/{name}")}
    body = {"name": name, "type": "webhook", "default": False, "settings": settings}
    answer = owner.api.post("/api/channels", json=body)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])
