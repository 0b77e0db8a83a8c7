"""What a condition of a rule may be; one in its normal form has all fields of its kind."""

from collections.abc import Callable, Mapping
from itertools import pairwise
from typing import Any

from qlines.errors import FieldError
from qlines.evaluation.condition import SILENCE
from qlines.evaluation.field_check import (
    bool_at,
    default_of,
    fitting_at,
    key_at,
    limit_at,
    object_at,
    one_of,
    whole_at,
)
from qlines.evaluation.kept_value import MAX_CHARACTERS
from qlines.evaluation.limits import MAX_SECONDS, MIN_SILENCE_SECONDS
from qlines.value_rules import shown

FIELDS: Mapping[str, tuple[str, ...]] = {
    "above": ("key", "limit", "clear"),
    "below": ("key", "limit", "clear"),
    "outside": ("key", "low", "high", "clear_low", "clear_high"),
    "equals": ("key", "value"),
    "change": ("key",),
    "rate": ("key", "limit", "clear", "per_seconds"),
    "no_data": ("key", "seconds", "if_never"),
    "offline": ("seconds",),
}
KINDS = tuple(FIELDS)
PER_SECONDS = 60
NO_DATA_SECONDS = 600
OFFLINE_SECONDS = 60


def checked_condition(path: str, given: Any) -> dict[str, Any]:
    """Return a condition in its normal form; raise FieldError for what is wrong."""
    kind = one_of(f"{path}.kind", given.get("kind") if isinstance(given, Mapping) else given, KINDS)
    fields = object_at(path, given, ("kind", *FIELDS[kind]))
    checked: dict[str, Any] = {"kind": kind}
    if kind not in SILENCE:
        checked["key"] = key_at(f"{path}.key", fields.get("key"))
    return checked | CHECKS[kind](path, fields)


def _above(path: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    limit, clear = _limit_and_clear(path, fields)
    if clear is not None and default_of(clear) > default_of(limit):
        raise FieldError(f"{path}.clear", _beyond("at or below", limit, clear))
    return {"limit": limit, "clear": clear}


def _below(path: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    limit, clear = _limit_and_clear(path, fields)
    if clear is not None and default_of(clear) < default_of(limit):
        raise FieldError(f"{path}.clear", _beyond("at or above", limit, clear))
    return {"limit": limit, "clear": clear}


def _limit_and_clear(path: str, fields: Mapping[str, Any]) -> tuple[Any, Any]:
    return limit_at(f"{path}.limit", fields.get("limit")), _optional(path, "clear", fields)


def _optional(path: str, field: str, fields: Mapping[str, Any]) -> Any:
    given = fields.get(field)
    return None if given is None else limit_at(f"{path}.{field}", given)


def _beyond(where: str, limit: Any, clear: Any) -> str:
    return (
        f"must be {where} the limit {default_of(limit)}, so that the alarm ends only when it is "
        f"over, got {default_of(clear)}"
    )


def _outside(path: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    low, high = (limit_at(f"{path}.{field}", fields.get(field)) for field in ("low", "high"))
    clear_low, clear_high = (
        _optional(path, field, fields) for field in ("clear_low", "clear_high")
    )
    order = {"low": low, "clear_low": clear_low, "clear_high": clear_high, "high": high}
    given = [(name, default_of(limit)) for name, limit in order.items() if limit is not None]
    for (lower, number), (upper, greater) in pairwise(given):
        if number > greater:
            rule = f"must be at or above {lower}, which is {number}, got {greater}"
            raise FieldError(f"{path}.{upper}", rule)
    return {"low": low, "high": high, "clear_low": clear_low, "clear_high": clear_high}


def _equals(path: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    value = fields.get("value")
    if not isinstance(value, str | int | float) or value != value:
        raise FieldError(
            f"{path}.value", f"must be text, a number, true or false, got {shown(value)}"
        )
    if isinstance(value, str) and len(value) > MAX_CHARACTERS:
        raise FieldError(
            f"{path}.value", f"has at most {MAX_CHARACTERS} characters, got {len(value):,}"
        )
    return {"value": fitting_at(f"{path}.value", value)}


def _change(_: str, __: Mapping[str, Any]) -> dict[str, Any]:
    return {}


def _rate(path: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    limit = limit_at(f"{path}.limit", fields.get("limit"))
    if default_of(limit) < 0:
        raise FieldError(
            f"{path}.limit",
            f"must be 0 or more: it is for both directions, got {default_of(limit)}",
        )
    per_seconds = whole_at(
        f"{path}.per_seconds", fields.get("per_seconds", PER_SECONDS), 1, MAX_SECONDS
    )
    return _above(path, fields) | {"per_seconds": per_seconds}


def _no_data(path: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    key = fields.get("key")
    return {
        "key": None if key in (None, "") else key_at(f"{path}.key", key),
        "seconds": _seconds(path, fields, NO_DATA_SECONDS),
        "if_never": bool_at(f"{path}.if_never", fields.get("if_never", False)),
    }


def _offline(path: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {"seconds": _seconds(path, fields, OFFLINE_SECONDS)}


def _seconds(path: str, fields: Mapping[str, Any], default: int) -> Any:
    given = fields.get("seconds", default)
    return limit_at(f"{path}.seconds", given, MIN_SILENCE_SECONDS, MAX_SECONDS)


CHECKS: Mapping[str, Callable[[str, Mapping[str, Any]], dict[str, Any]]] = {
    "above": _above,
    "below": _below,
    "outside": _outside,
    "equals": _equals,
    "change": _change,
    "rate": _rate,
    "no_data": _no_data,
    "offline": _offline,
}
