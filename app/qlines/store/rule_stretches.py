"""Which stretches of a device's past a rule has to look at; pure.

Of most devices most of the past is within all limits, and evaluating it would change nothing. So
ClickHouse says per key and stretch what there is, and only the readings of these are fetched:

1. Stretches in which a condition may be true, or may stay true.
2. Before each of them as many as hold NEEDED_BEFORE readings: the usual interval is known then.
3. After each of them those of ``keep_for``, and as many as hold a value of each key, with which
   what was true ends.

What is left out lies between stretches of the last kind and the second, where nothing is true.
Of a rule about silence nothing may be left out, as that would be silence: there each slot that has
a reading stands for it.
"""

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from qlines.evaluation.columns import Column, Columns
from qlines.evaluation.condition import Condition
from qlines.evaluation.limits import Limits
from qlines.evaluation.rule import Rule

NEEDED_BEFORE = 12  # the usual interval is the median of eight
STRETCH_US = 900_000_000  # a week has 672 of them
ANY_KEY = ""
NUMBERS = frozenset({int, float})


class Grid(NamedTuple):
    """How time is cut: into stretches, and these into slots, both in microseconds.

    With a reading in each slot no silence is as long as a rule waits for. Without such a rule a
    slot is a stretch.
    """

    stretch_us: int
    slot_us: int


class Stretch(NamedTuple):
    """The readings of one key, or with ANY_KEY of all, in one stretch.

    *values* of which *numbers* are such, from *lowest* to *highest*; *slots* have a reading.
    """

    key: str
    position: int
    values: int
    numbers: int
    lowest: float
    highest: float
    slots: int


class Part(NamedTuple):
    """Stretches in order, whose readings are fetched, or stood for by their slots."""

    positions: list[int]
    is_fetched: bool


def grid_of(rule: Rule, limits: Iterable[Limits]) -> Grid:
    """Return the grid for a rule with these limits of its devices."""
    silences = [
        of_condition[0]
        for one in limits
        for condition, of_condition in zip(rule.conditions, one.conditions, strict=True)
        if condition.kind == "no_data"
    ]
    if not silences:
        return Grid(STRETCH_US, STRETCH_US)
    slot_us = max(1_000_000, int(min(silences) * 1_000_000) // 2)
    return Grid(slot_us * max(1, STRETCH_US // slot_us), slot_us)


def wanted(
    rule: Rule, limits: Limits, grid: Grid, stretches: Iterable[Stretch], last: int
) -> list[int]:
    """Return the positions of the stretches of a device to fetch, in order; *last* is now's."""
    table: dict[int, dict[str, Stretch]] = defaultdict(dict)
    for one in stretches:
        table[one.position][one.key] = one
    positions = sorted(table)
    found: set[int] = set()
    for position in _decisive(rule, limits, grid, table, positions, last):
        found |= _before(table, positions, position)
        found |= _after(rule, grid, table, positions, position)
    return sorted(found)


def parts(
    rule: Rule, stretches: Iterable[Stretch], chosen: Sequence[int], max_values: int
) -> Iterator[Part]:
    """Yield the *chosen* stretches in parts with about so many values, and what lies between."""
    values: Counter[int] = Counter()
    for one in stretches:
        values[one.position] += one.values
    fetched = frozenset(chosen)
    part, held = Part([], False), 0
    for position in sorted(values) if rule.is_silence else chosen:
        is_fetched = position in fetched
        if part.positions and (is_fetched != part.is_fetched or held > max_values):
            yield part
            part, held = Part([], is_fetched), 0
        part.positions.append(position)
        part, held = part._replace(is_fetched=is_fetched), held + values[position]
    if part.positions:
        yield part


def heard_in(rule: Rule, grid: Grid, positions: Iterable[int]) -> Columns:
    """Return a reading for each slot of stretches that have one in each."""
    times = [
        ts_us
        for position in positions
        for ts_us in range(
            position * grid.stretch_us, (position + 1) * grid.stretch_us, grid.slot_us
        )
    ]
    return dict.fromkeys(rule.keys or {ANY_KEY}, Column(times, [0] * len(times)))


Table = Mapping[int, Mapping[str, Stretch]]


def _decisive(
    rule: Rule, limits: Limits, grid: Grid, table: Table, positions: Sequence[int], last: int
) -> list[int]:
    """Return the stretches in which a condition may be true; there may be no readings in one."""
    if not positions:
        return []
    conditions = list(zip(rule.conditions, limits.conditions, strict=True))
    silent = [one.key or ANY_KEY for one, _ in conditions if one.kind == "no_data"]
    every = range(positions[0], last + 1) if silent else positions
    per_stretch = grid.stretch_us // grid.slot_us
    decisive = []
    for position in every:
        here, before = table.get(position, {}), table.get(position - 1, {})
        if any(key not in here or here[key].slots < per_stretch for key in silent) or any(
            one.key in here and _may_be_true(one, limit, here[one.key], before.get(one.key))
            for one, limit in conditions
        ):
            decisive.append(position)
    return decisive


def _may_be_true(
    condition: Condition, limits: tuple[Any, ...], here: Stretch, before: Stretch | None
) -> bool:
    """Return whether a condition may be true, or stay true, at one of the values."""
    match condition.kind:
        case "above":
            return here.numbers > 0 and here.highest > limits[1]
        case "below":
            return here.numbers > 0 and here.lowest < limits[1]
        case "outside":
            return here.numbers > 0 and (here.lowest < limits[2] or here.highest > limits[3])
        case "equals" if type(limits[0]) in NUMBERS:
            return here.numbers > 0 and here.lowest <= float(limits[0]) <= here.highest
        case "equals":
            return here.values > here.numbers
        case "change":
            return not (_is_constant(here) and before is not None and _is_as(here, before))
        case "rate":
            return here.numbers > 0
    return False


def _is_constant(one: Stretch) -> bool:
    return one.numbers == one.values and one.lowest == one.highest


def _is_as(one: Stretch, other: Stretch) -> bool:
    return _is_constant(other) and one.lowest == other.lowest


def _before(table: Table, positions: Sequence[int], position: int) -> set[int]:
    found: set[int] = set()
    count = 0
    for index in range(bisect_left(positions, position) - 1, -1, -1):
        if count >= NEEDED_BEFORE:
            break
        found.add(positions[index])
        count += max(one.values for one in table[positions[index]].values())
    return found


def _after(
    rule: Rule, grid: Grid, table: Table, positions: Sequence[int], position: int
) -> set[int]:
    found = {position} if position in table else set()
    kept_until = position + rule.keep_for_us // grid.stretch_us + 1
    missing = {ANY_KEY if rule.needs_any_reading else key for key in rule.keys or (ANY_KEY,)}
    for index in range(bisect_right(positions, position), len(positions)):
        if not missing and positions[index] > kept_until:
            break
        found.add(positions[index])
        missing -= table[positions[index]].keys()
    return found
