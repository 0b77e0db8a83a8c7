"""Conditions, limits and schedules in words, the same in rules, alarms and messages."""

from collections.abc import Mapping, Sequence
from typing import Any

from qlines.evaluation.durations import duration
from qlines.value_rules import shown

PERIODS: Mapping[float, str] = {1: "second", 60: "minute", 3_600: "hour", 86_400: "day"}
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def number(value: Any) -> str:
    """Return a value as people write it: six significant digits of a fraction, text as it is."""
    if isinstance(value, float):
        return f"{value:.15g}" if value.is_integer() else f"{value:.6g}"
    return value if isinstance(value, str) else shown(value)


def limit(given: Any) -> str:
    """Return a limit of a rule: "80", or "the attribute maxTemp (80 without it)"."""
    if isinstance(given, Mapping):
        return f"the attribute {given['attribute']} ({number(given['default'])} without it)"
    return number(given)


def seconds(given: Any) -> str:
    """Return a duration of a rule: "5 minutes", or that an attribute sets it."""
    if isinstance(given, Mapping):
        default = duration(given["default"])
        return f"the seconds in the attribute {given['attribute']} ({default} without it)"
    return duration(given)


def per(period_seconds: float) -> str:
    """Return the period of a rate: "per minute", "per 5 minutes"."""
    return f"per {PERIODS.get(period_seconds) or duration(period_seconds)}"


def days(numbers: Sequence[int]) -> str:
    """Return weekdays, 1 is Monday: "Monday to Friday", "Monday, Wednesday", "every day"."""
    if len(numbers) == len(DAYS):
        return "every day"
    first, last = numbers[0], numbers[-1]
    if len(numbers) > 2 and last - first == len(numbers) - 1:
        return f"{DAYS[first - 1]} to {DAYS[last - 1]}"
    return ", ".join(DAYS[day - 1] for day in numbers)


def condition(one: Mapping[str, Any]) -> str:
    """Return a condition of a rule: "temperature above 80", without where it clears."""
    key = one.get("key")
    match one["kind"]:
        case "above" | "below":
            return f"{key} {one['kind']} {limit(one['limit'])}"
        case "outside":
            return f"{key} outside {limit(one['low'])} to {limit(one['high'])}"
        case "equals":
            return f"{key} is {number(one['value'])}"
        case "change":
            return f"{key} changes"
        case "rate":
            return f"{key} changes by more than {limit(one['limit'])} {per(one['per_seconds'])}"
        case "no_data":
            never = ", even if none ever came" if one["if_never"] else ""
            return f"no {key or 'readings'} for {seconds(one['seconds'])}{never}"
    return f"offline for {seconds(one['seconds'])}"


def clearing(one: Mapping[str, Any]) -> str:
    """Return where a condition clears when that is not its limit: "clear below 75", or ""."""
    if one["kind"] == "outside":
        low, high = one["clear_low"], one["clear_high"]
        if low is None and high is None:
            return ""
        low, high = (one["low"] if low is None else low), (one["high"] if high is None else high)
        return f"clear within {limit(low)} to {limit(high)}"
    clear = one.get("clear")
    if clear is None or clear == one["limit"]:
        return ""
    return f"clear {'above' if one['kind'] == 'below' else 'below'} {limit(clear)}"


def ending(kind: str, key: str, value: Any) -> str:
    """Return what is so at the end of an alarm: "temperature is 74.9"."""
    if kind == "offline":
        return "connected again"
    if kind == "no_data":
        return f"{key or 'readings'} again"
    return f"{key} {'changes by' if kind == 'rate' else 'is'} {number(value)}"


def finding(kind: str, key: str, value: Any, limits: tuple[Any, ...]) -> str:
    """Return what is wrong: "temperature 84.2 is above 80"; *limits* are as condition.py has them.

    Those of a duration are seconds.
    """
    seen = number(value)
    match kind:
        case "above" | "below":
            return f"{key} {seen} is {kind} {number(limits[0])}"
        case "outside":
            is_below = isinstance(value, int | float) and value < limits[0]
            side = f"below {number(limits[0])}" if is_below else f"above {number(limits[1])}"
            return f"{key} {seen} is {side}"
        case "equals":
            return f"{key} is {seen}"
        case "change":
            return f"{key} has changed to {seen}"
        case "rate":
            period = per(limits[2] / 1_000_000)
            return f"{key} changes by {seen} {period}, more than {number(limits[0])}"
        case "no_data":
            return f"no {key or 'readings'} for {duration(limits[0])}"
    return f"offline for {duration(limits[0])}"
