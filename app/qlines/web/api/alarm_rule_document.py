"""How the OpenAPI document describes an alarm rule; evaluation/rule_check.py checks it."""

from typing import Any

from qlines.store.alarm_document import SEVERITIES

Document = dict[str, Any]


def _object(properties: Document, required: tuple[str, ...] = (), **more: Any) -> Document:
    document: Document = {"type": "object", "properties": properties, **more}
    return document | ({"required": list(required)} if required else {})


def _text(**more: Any) -> Document:
    return {"type": "string", **more}


def _whole(**more: Any) -> Document:
    return {"type": "integer", **more}


FLAG: Document = {"type": "boolean"}
IDS: Document = {"type": "array", "items": _text()}
ATTRIBUTE = _object(
    {"attribute": _text(), "default": {"type": "number"}},
    ("attribute", "default"),
    description="An attribute of the device: a server, else a shared, else a client attribute, "
    "else `default`.",
)
LIMIT: Document = {"oneOf": [{"type": "number"}, ATTRIBUTE]}
CONDITION = _object(
    {
        "kind": _text(
            enum=["above", "below", "outside", "equals", "change", "rate", "no_data", "offline"]
        ),
        "key": _text(nullable=True),
        "limit": LIMIT, "low": LIMIT, "high": LIMIT,
        **{key: {**LIMIT, "nullable": True} for key in ("clear", "clear_low", "clear_high")},
        "value": {"oneOf": [_text(), {"type": "number"}, FLAG]},
        "per_seconds": _whole(),
        "seconds": LIMIT,
        "if_never": FLAG,
    },
    ("kind",),
    description="`above` and `below` have `key`, `limit` and `clear`, the limit below or above "
    "which it ends; `outside` has `low`, `high`, `clear_low`, `clear_high`; `equals` has `value`; "
    "`change` only `key`; `rate` has `limit`, `clear` and `per_seconds`; `no_data` has `seconds`, "
    "`if_never` and perhaps `key`; `offline` has `seconds`.",
)  # fmt: skip
LEVEL = _object(
    {
        "severity": _text(enum=list(SEVERITIES)),
        "match": _text(enum=["any", "all"]),
        "for_seconds": LIMIT,
        "conditions": {"type": "array", "items": CONDITION, "minItems": 1, "maxItems": 10},
    },
    ("severity", "conditions"),
)
FIELDS: Document = {
    "name": _text(minLength=1, maxLength=100),
    "enabled": FLAG,
    "scope": _object(
        {"type": _text(enum=["device", "tag", "product", "all"]), "value": _text()}, ("type",)
    ),
    "levels": {
        "type": "array", "items": LEVEL, "minItems": 1, "maxItems": 5,
        "description": "The most severe first; the highest that is true is the alarm's severity.",
    },
    "keep_for_seconds": _whole(
        description="An alarm ends only when nothing was true for so long."
    ),
    "max_gap_seconds": {
        "type": "integer", "nullable": True,
        "description": "After so long without a reading `for_seconds` begins again: null is twice "
        "the usual interval of the device, 0 never.",
    },
    "lateness_seconds": _whole(
        description="A reading that arrives later than this changes nothing now; it may make a "
        "historic alarm."
    ),
    "schedule": _object(
        {
            "zone": _text(), "days": {"type": "array", "items": _whole(minimum=1, maximum=7)},
            "from": _text(), "to": _text(),
        },
        nullable=True,
        description="When alarms are raised: days from 1, Monday, to 7, and times as 08:00.",
    ),
    "sticky": {**FLAG, "description": "The severity of an alarm only rises."},
    "cool_down_seconds": _whole(
        description="For so long after the end nobody is sent a message about the next alarm."
    ),
    "message": _text(
        maxLength=500, description="{device}, {value} and {limit} are replaced."
    ),
    "channels": {
        **IDS, "nullable": True,
        "description": "Ids of channels; null is those that are yours by default.",
    },
    "reminder_seconds": _whole(description="0, or at least 300."),
    "escalation": _object(
        {"after_seconds": _whole(), "channels": IDS},
        nullable=True,
        description="Who is sent a message while nobody has acknowledged the alarm.",
    ),
}  # fmt: skip
WHEN_TRUE_NOW = _text(
    enum=["alarm", "next"],
    description="Needed when the rule is true for a device now: `alarm` raises at once, `next` "
    "only once it was false in between.",
)
NEW_RULE = _object({**FIELDS, "when_true_now": WHEN_TRUE_NOW}, ("name", "levels"))
RULE_CHANGE = _object({**FIELDS, "when_true_now": WHEN_TRUE_NOW})
DRY_RUN_BODY = _object({"rule": _object(FIELDS, ("levels",))}, ("rule",))
RULE = _object(
    {
        "id": _text(),
        **FIELDS,
        "version": _whole(),
        "scope_name": _text(
            nullable=True,
            description="The name of the device or product, or the tag; null when the device or "
            "product is yours no longer, so that the rule is about nothing.",
        ),
        "sentence": _text(),
        "created_at": _whole(),
        "changed_at": _whole(),
        "enabled_at": _whole(),
        "evaluated_at": _whole(nullable=True),
        "lag_ms": _whole(nullable=True),
        "last_error": _object({"at": _whole(), "sentence": _text()}, nullable=True),
        "active_alarms": _whole(),
    }
)
RULE_FILE = _object(
    {"rules": {"type": "array", "items": _object(FIELDS, ("name", "levels"))}}, ("rules",)
)
RULES: Document = {"type": "array", "items": RULE}
EXAMPLE = (
    '{"name": "Too hot", "scope": {"type": "all"}, "levels": [{"severity": "major", "conditions": '
    '[{"kind": "above", "key": "temperature", "limit": 80}]}]}'
)
