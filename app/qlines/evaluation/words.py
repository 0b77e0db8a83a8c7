"""What one condition says about one value, in words."""

from collections.abc import Mapping
from typing import Any

from qlines.evaluation.durations import duration
from qlines.value_rules import shown

PERIODS: Mapping[float, str] = {1: "second", 60: "minute", 3_600: "hour", 86_400: "day"}


def number(value: Any) -> str:
    """Return a value as people write it: six significant digits of a fraction, text as it is."""
    if isinstance(value, bool) or value is None:
        return shown(value)
    if isinstance(value, float):
        return f"{value:.15g}" if value == int(value) else f"{value:.6g}"
    return value if isinstance(value, str) else shown(value)


def per(seconds: float) -> str:
    """Return the period of a rate: "per minute", "per 5 minutes"."""
    return f"per {PERIODS.get(seconds) or duration(seconds)}"


def finding(kind: str, key: str, value: Any, limits: tuple[Any, ...]) -> str:
    """Return what is wrong: "temperature 84.2 is above 80"; *limits* are in the rule's order."""
    shown_value = number(value)
    match kind:
        case "above" | "below":
            return f"{key} {shown_value} is {kind} {number(limits[0])}"
        case "outside":
            return f"{key} {shown_value} is {outside_of(value, limits)}"
        case "equals":
            return f"{key} is {shown_value}"
        case "change":
            return f"{key} has changed to {shown_value}"
        case "rate":
            period = per(limits[2] / 1_000_000)
            return f"{key} changes by {shown_value} {period}, above {number(limits[0])}"
        case "no_data":
            return f"no {key or 'readings'} for {duration(limits[0])}"
    return f"offline for {duration(limits[0])}"


def outside_of(value: Any, limits: tuple[Any, ...]) -> str:
    """Return on which side of a range a value lies."""
    low, high = limits[:2]
    if isinstance(value, int | float) and value < low:
        return f"below {number(low)}"
    return f"above {number(high)}"
