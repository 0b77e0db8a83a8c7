"""The readings of a device's past by key, in columns: what a rule is tried on."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain, islice
from operator import lt
from typing import Any, NamedTuple

from qlines.evaluation.sample import Sample


class Column(NamedTuple):
    """The values of one key; *times* are microseconds since 1970, rising, each of them once."""

    times: Sequence[int]
    values: Sequence[Any]


Columns = Mapping[str, Column]


def column_of(times: Sequence[int], values: Sequence[Any]) -> Column:
    """Return the column of readings in order, of which some may come twice."""
    if all(map(lt, times, islice(times, 1, None))):
        return Column(times, values)
    found = dict(zip(times, values, strict=True))
    return Column([*found], [*found.values()])


def times_of(columns: Iterable[Column]) -> Sequence[int]:
    """Return the times of several columns in order, each once."""
    first, *others = [*{id(column): column.times for column in columns}.values()] or [()]
    if all(times == first for times in others):  # as of a device that sends all keys together
        return first
    return sorted(dict.fromkeys(chain(first, *others)))


def between(columns: Columns, from_us: int, to_us: int) -> Columns:
    """Return what the columns have in this range, both ends included."""
    found = {}
    for key, (times, values) in columns.items():
        part = slice(bisect_left(times, from_us), bisect_right(times, to_us))
        found[key] = Column(times[part], values[part])
    return found


def pieces(columns: Columns, readings: int) -> Iterator[Columns]:
    """Yield the columns in pieces of so many readings, in order."""
    times = times_of(columns.values())
    for start in range(0, len(times), readings):
        last = min(start + readings, len(times)) - 1
        yield between(columns, times[start], times[last])


def sample_at(columns: Columns, ts_us: int) -> Sample:
    """Return the reading of a moment; it counts as arrived when it was measured."""
    values = {}
    for key, column in columns.items():
        index = bisect_left(column.times, ts_us)
        if index < len(column.times) and column.times[index] == ts_us:
            values[key] = column.values[index]
    return Sample(ts_us, ts_us, values)
