"""What an alarm rule may be; its normal form, with every field, is what is stored and exported."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from qlines.errors import FieldError
from qlines.evaluation.condition import SILENCE
from qlines.evaluation.condition_check import checked_condition
from qlines.evaluation.field_check import (
    bool_at,
    clock_at,
    default_of,
    limit_at,
    list_at,
    object_at,
    one_of,
    text_at,
    whole_at,
)
from qlines.evaluation.limits import MAX_SECONDS
from qlines.value_rules import shown

RuleFields = dict[str, Any]

SEVERITIES = ("critical", "major", "minor", "warning", "info")  # the most severe first
SCOPES = ("device", "tag", "product", "all")
MATCHES = ("any", "all")
MAX_NAME_CHARACTERS = 100
MAX_VALUE_CHARACTERS = 255
MAX_LEVELS = 5
MAX_CONDITIONS = 10  # of a level
MAX_LATENESS_SECONDS = 3_600
MAX_MESSAGE_CHARACTERS = 500
MAX_CHANNELS = 100
MIN_REMINDER_SECONDS = 300
MIN_ESCALATION_SECONDS = 60
DEFAULTS: Mapping[str, Any] = {
    "enabled": True,
    "scope": {"type": "all"},
    "keep_for_seconds": 0,
    "max_gap_seconds": None,
    "lateness_seconds": 60,
    "schedule": None,
    "sticky": False,
    "cool_down_seconds": 0,
    "message": "",
    "channels": None,
    "reminder_seconds": 0,
    "escalation": None,
}
FIELDS = ("name", "levels", *DEFAULTS)


def check(fields: Mapping[str, Any]) -> RuleFields:
    """Return the rule in its normal form, which has every field; the defaults are DEFAULTS.

    Raise FieldError for the first field that is wrong; its path is like
    ``levels.0.conditions.1.limit``.

    1. Severities fall strictly from level to level.
    2. Silence (no_data, offline) is a rule of its own: it is found by our clock, values by theirs.
    3. A change is true for one reading: it has no ``for``, and needs ``keep_for`` to last.
    """
    given = {**DEFAULTS, **object_at("", fields, FIELDS)}
    levels = _levels(given.get("levels"))
    keep_for = whole_at("keep_for_seconds", given["keep_for_seconds"], 0, MAX_SECONDS)
    _check_kinds(levels, keep_for)
    max_gap = given["max_gap_seconds"]
    return {
        "name": text_at("name", given.get("name"), 1, MAX_NAME_CHARACTERS),
        "enabled": bool_at("enabled", given["enabled"]),
        "scope": _scope(given["scope"]),
        "levels": levels,
        "keep_for_seconds": keep_for,
        "max_gap_seconds": None
        if max_gap is None
        else whole_at("max_gap_seconds", max_gap, 0, MAX_SECONDS),
        "lateness_seconds": whole_at(
            "lateness_seconds", given["lateness_seconds"], 0, MAX_LATENESS_SECONDS
        ),
        "schedule": _schedule(given["schedule"]),
        "sticky": bool_at("sticky", given["sticky"]),
        "cool_down_seconds": whole_at(
            "cool_down_seconds", given["cool_down_seconds"], 0, MAX_SECONDS
        ),
        "message": text_at("message", given["message"], 0, MAX_MESSAGE_CHARACTERS),
        "channels": None
        if given["channels"] is None
        else _channels("channels", given["channels"], 0),
        "reminder_seconds": _reminder(given["reminder_seconds"]),
        "escalation": _escalation(given["escalation"]),
    }


def _scope(given: Any) -> dict[str, str]:
    scope = object_at("scope", given, ("type", "value"))
    kind = one_of("scope.type", scope.get("type"), SCOPES)
    if kind != "all":
        value = text_at("scope.value", scope.get("value"), 1, MAX_VALUE_CHARACTERS)
        return {"type": kind, "value": value}
    if scope.get("value"):
        rule = f"must be left out when the rule is for all devices, got {shown(scope['value'])}"
        raise FieldError("scope.value", rule)
    return {"type": kind}


def _levels(given: Any) -> list[dict[str, Any]]:
    levels = [
        _level(f"levels.{place}", level)
        for place, level in enumerate(list_at("levels", given, 1, MAX_LEVELS))
    ]
    ranks = [SEVERITIES.index(level["severity"]) for level in levels]
    for place, (rank, lower) in enumerate(pairwise(ranks), 1):
        if rank >= lower:
            raise FieldError(
                f"levels.{place}.severity",
                f"must be less severe than the level before, which is {SEVERITIES[rank]}, got "
                f"{SEVERITIES[lower]}: the most severe comes first, and each severity once",
            )
    return levels


def _level(path: str, given: Any) -> dict[str, Any]:
    level = object_at(path, given, ("severity", "match", "for_seconds", "conditions"))
    conditions = list_at(f"{path}.conditions", level.get("conditions"), 1, MAX_CONDITIONS)
    return {
        "severity": one_of(f"{path}.severity", level.get("severity"), SEVERITIES),
        "match": one_of(f"{path}.match", level.get("match", "any"), MATCHES),
        "for_seconds": limit_at(f"{path}.for_seconds", level.get("for_seconds", 0), 0, MAX_SECONDS),
        "conditions": [
            checked_condition(f"{path}.conditions.{place}", one)
            for place, one in enumerate(conditions)
        ],
    }


def _check_kinds(levels: Sequence[Mapping[str, Any]], keep_for: int) -> None:
    kinds = {condition["kind"] for level in levels for condition in level["conditions"]}
    if kinds & SILENCE and kinds - SILENCE:
        raise FieldError(
            "levels",
            "must not mix no_data or offline with conditions on values: make one rule for the "
            f"values and another for silence, got {', '.join(sorted(kinds))}",
        )
    if "change" in kinds and not keep_for:
        raise FieldError(
            "keep_for_seconds",
            "must be above 0 for a rule with a change, which is true for one reading only: so many "
            "seconds after the last change the alarm ends, got 0",
        )
    for place, level in enumerate(levels):
        has_change = any(condition["kind"] == "change" for condition in level["conditions"])
        if has_change and default_of(level["for_seconds"]):
            raise FieldError(
                f"levels.{place}.for_seconds",
                "must be 0 for a level with a change, which is true for one reading only, got "
                f"{default_of(level['for_seconds'])}",
            )


def _schedule(given: Any) -> dict[str, Any] | None:
    if given is None:
        return None
    schedule = object_at("schedule", given, ("zone", "days", "from", "to"))
    days = list_at("schedule.days", schedule.get("days", list(range(1, 8))), 1, 7)
    opens = clock_at("schedule.from", schedule.get("from", "00:00"))
    closes = clock_at("schedule.to", schedule.get("to", "24:00"))
    if opens == "24:00":
        raise FieldError("schedule.from", "must be from 00:00 to 23:59, got 24:00: use 00:00")
    if opens == closes:
        rule = f"must differ from the time before, got {opens} twice: a whole day is 00:00 to 24:00"
        raise FieldError("schedule.to", rule)
    return {
        "zone": _zone(schedule.get("zone", "UTC")),
        "days": sorted({whole_at(f"schedule.days.{n}", day, 1, 7) for n, day in enumerate(days)}),
        "from": opens,
        "to": closes,
    }


def _zone(given: Any) -> str:
    zone = text_at("schedule.zone", given, 1, MAX_VALUE_CHARACTERS)
    try:
        ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        rule = f"must be a time zone such as Europe/Berlin or UTC, got {shown(zone)}"
        raise FieldError("schedule.zone", rule) from None
    return zone


def _channels(path: str, given: Any, least: int) -> list[str]:
    channels = list_at(path, given, least, MAX_CHANNELS)
    return [text_at(f"{path}.{n}", one, 1, MAX_VALUE_CHARACTERS) for n, one in enumerate(channels)]


def _reminder(given: Any) -> int:
    seconds = whole_at("reminder_seconds", given, 0, MAX_SECONDS)
    if 0 < seconds < MIN_REMINDER_SECONDS:
        rule = f"must be 0 for none, or at least {MIN_REMINDER_SECONDS}, got {seconds}"
        raise FieldError("reminder_seconds", rule)
    return seconds


def _escalation(given: Any) -> dict[str, Any] | None:
    if given is None:
        return None
    escalation = object_at("escalation", given, ("after_seconds", "channels"))
    return {
        "after_seconds": whole_at(
            "escalation.after_seconds",
            escalation.get("after_seconds"),
            MIN_ESCALATION_SECONDS,
            MAX_SECONDS,
        ),
        "channels": _channels("escalation.channels", escalation.get("channels"), 1),
    }
