"""The limits and durations of a rule for one device: numbers, or what its attributes say."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from qlines.evaluation.condition import NUMBERS, SILENCE, Condition
from qlines.value_rules import shown

SECOND_US = 1_000_000
MAX_SECONDS = 604_800
MIN_SILENCE_SECONDS = 1


class Attribute(NamedTuple):
    """A limit that an attribute of the device sets; *default* holds where it has none."""

    name: str
    default: float


class Limits(NamedTuple):
    """What a rule compares with: per condition its limits, per level ``for``.

    *problem* is a sentence when an attribute is of no use and its default holds, otherwise "".
    """

    conditions: tuple[tuple[Any, ...], ...]
    for_us: tuple[int, ...]
    problem: str


def limits_of(
    conditions: Sequence[Condition], durations: Sequence[Any], parameters: Mapping[str, Any]
) -> Limits:
    """Return the limits for a device with these attributes; *durations* are seconds per level."""
    problems: list[str] = []

    def number(limit: Any, least: float = -math.inf, most: float = math.inf) -> Any:
        if type(limit) is not Attribute:
            return limit
        value = parameters.get(limit.name)
        if value is None:
            return limit.default
        if type(value) in NUMBERS and least <= value <= most and math.isfinite(value):
            return value
        problems.append(_problem(limit, value, least, most))
        return limit.default

    resolved = tuple(_resolved(condition, number) for condition in conditions)
    for_us = tuple(round(number(seconds, 0, MAX_SECONDS) * SECOND_US) for seconds in durations)
    return Limits(resolved, for_us, problems[0] if problems else "")


def _resolved(condition: Condition, number: Callable[..., Any]) -> tuple[Any, ...]:
    """Return the limits of one condition; a clear limit beyond the other one is as the other."""
    kind, limits = condition.kind, condition.limits
    if kind in SILENCE:
        return (number(limits[0], MIN_SILENCE_SECONDS, MAX_SECONDS),)
    if kind in {"equals", "change"}:
        return limits
    values = [number(limit) for limit in limits]
    if kind == "outside":
        return _between(*values)
    limit, clear = values[0], values[0] if values[1] is None else values[1]
    clear = max(limit, clear) if kind == "below" else min(limit, clear)
    return (limit, clear, *values[2:])


def _between(low: Any, high: Any, clear_low: Any, clear_high: Any) -> tuple[Any, ...]:
    clear_low = low if clear_low is None else max(low, clear_low)
    clear_high = high if clear_high is None else min(high, clear_high)
    if clear_low > clear_high:
        clear_low, clear_high = low, high
    return (low, high, clear_low, clear_high)


def attributes_in(conditions: Sequence[Condition], durations: Sequence[Any]) -> Iterator[str]:
    """Yield the names of the attributes that limits and durations name."""
    for limit in (*(one for condition in conditions for one in condition.limits), *durations):
        if type(limit) is Attribute:
            yield limit.name


def _problem(limit: Attribute, value: Any, least: float, most: float) -> str:
    rule = "a number" if math.isinf(least) else f"a number from {least:g} to {most:g}"
    return (
        f"the attribute {limit.name!r} of the device must be {rule}, got {shown(value)}: "
        f"{limit.default:g} holds instead"
    )
