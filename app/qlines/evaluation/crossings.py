"""When a condition begins to remember something else, over a column of readings.

Numbers are compared with a limit all at once, by functions in C: that takes a fifth of the time of
judging one after the other.
"""

import math
from collections.abc import Iterator, Sequence
from itertools import chain, repeat
from operator import gt, lt, mul, or_, sub, truediv
from typing import Any

from qlines.evaluation.columns import Column
from qlines.evaluation.condition import NUMBERS, Condition, Memory, after_event, is_true


def taken_by(condition: Condition, column: Column, limits: tuple[Any, ...]) -> Column:
    """Return the readings whose values the condition judges."""
    total = sum(column.values) if set(map(type, column.values)) <= NUMBERS else None
    if total is not None and total == total:  # else one is NaN
        return column
    memory: Memory = () if condition.kind in {"change", "rate"} else False
    judged = [
        (ts_us, value)
        for ts_us, value in zip(*column, strict=True)
        if value is not None and condition.judge(memory, value, ts_us, limits) is not None
    ]
    return Column([ts_us for ts_us, _ in judged], [value for _, value in judged])


def changes_of(
    condition: Condition, memory: Memory, column: Column, limits: tuple[Any, ...]
) -> Iterator[tuple[int, Memory]]:
    """Yield when something else is remembered, and what, where *column* is taken_by().

    Of a rate that is only whether it is true: it remembers each reading.
    """
    times, values = column
    is_rate = condition.kind == "rate"
    if condition.kind in {"equals", "change"}:
        yield from _judged(condition, memory, column, limits)
        return
    numbers = _rates(memory, column, limits[2]) if is_rate else values
    count = 2 if condition.kind == "outside" else 1
    begins = _beyond(condition.kind, numbers, limits[:count])
    is_same = limits[count : 2 * count] == limits[:count]
    stays = begins if is_same else _beyond(condition.kind, numbers, limits[count : 2 * count])
    place, is_on = 0, is_true(memory)
    while (place := stays.find(0, place) if is_on else begins.find(1, place)) >= 0:
        is_on = not is_on
        yield times[place], (times[place], values[place], 0.0, is_on) if is_rate else is_on


def _beyond(kind: str, numbers: Sequence[float], limits: tuple[float, ...]) -> bytes:
    """Return a byte for each number: 1 where it is beyond the limits, otherwise 0."""
    if kind == "outside":
        low, high = limits
        is_low, is_high = map(lt, numbers, repeat(low)), map(gt, numbers, repeat(high))
        return bytes(map(or_, is_low, is_high))
    return bytes(map(lt if kind == "below" else gt, numbers, repeat(limits[0])))


def _rates(memory: Memory, column: Column, per_us: int) -> Sequence[float]:
    """Return the rate at each reading, NaN at the first of all."""
    times, values = column
    last_us, last, *_ = memory or (-1, math.nan)
    differences = map(abs, map(sub, values, chain((last,), values)))
    intervals_us = map(sub, times, chain((last_us,), times))
    return [*map(truediv, map(mul, differences, repeat(per_us)), intervals_us)]


def _judged(
    condition: Condition, memory: Memory, column: Column, limits: tuple[Any, ...]
) -> Iterator[tuple[int, Memory]]:
    judge = condition.judge
    for ts_us, value in zip(*column, strict=True):
        after = judge(memory, value, ts_us, limits)
        if after is not memory:
            memory = after_event(condition, after)
            yield ts_us, memory
