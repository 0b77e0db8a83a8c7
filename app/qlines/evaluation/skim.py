"""Readings of the past, of which only those are observed that may change something.

The others are passed: they lengthen the chain. Observed are:

1. The first and the last of a piece.
2. While nothing is true: those with which a level becomes true, if its ``for`` may be over before
   it is false again. What its conditions remember by then is known without observing them.
3. Otherwise each at a turn: a condition remembers something else, or a rate is true or no more.
4. While a level is true and its ``for`` is not over: that with which it is, and that after a gap.

What time alone changes is found at its moment.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from qlines.evaluation.chain import Entry, new_tuple, start
from qlines.evaluation.columns import Column, Columns, sample_at, times_of
from qlines.evaluation.condition import Memory, is_true
from qlines.evaluation.crossings import changes_of, taken_by
from qlines.evaluation.fold import Fold
from qlines.evaluation.levels import is_level_true, opening
from qlines.evaluation.limits import Limits
from qlines.evaluation.machine import Step, next_due_us, observe, tick
from qlines.evaluation.rule import Rule
from qlines.evaluation.state import State
from qlines.evaluation.window import EARLIER_ENTRIES, MIN_GAP_US


def steps(
    rule: Rule, state: State, columns: Columns, parameters: Mapping[str, Any]
) -> Iterator[Step]:
    """Yield the steps to what the readings and the time between them make of a state, in order.

    It is the state after what came before them, and not one that is suppressed. The rule is not
    about silence (skim_silence.py).
    """
    piece = _piece_of(rule, rule.limits(parameters), state, columns)
    index = next_index = 0
    while next_index < len(piece.times):
        ts_us = piece.times[next_index]
        for step in ticks(rule, state, ts_us, parameters):
            yield step
            state = step.state
        state = piece.passed(state, index, next_index)
        step = observe(rule, state, sample_at(columns, ts_us), parameters)
        yield step
        state = step.state
        index = next_index + 1
        next_index = piece.next_index(state, index)


def ticks(rule: Rule, state: State, until_us: int, parameters: Mapping[str, Any]) -> Iterator[Step]:
    """Yield a step for each moment up to *until_us*, exclusive, at which time changes something."""
    while (due_us := next_due_us(rule, state, parameters)) is not None and due_us < until_us:
        step = tick(rule, state, due_us, parameters)
        yield step
        state = step.state


class _Turn(NamedTuple):
    """A reading after which conditions remember something else, and whether each level is true."""

    ts_us: int
    memory: tuple[Memory, ...]
    levels: tuple[bool, ...]


class _Piece:
    """Some readings of a device: *times* of those that a condition takes, *taken* per condition."""

    def __init__(
        self,
        rule: Rule,
        limits: Limits,
        times: Sequence[int],
        taken: Sequence[Column],
        turns: Sequence[_Turn],
    ) -> None:
        self.times = times
        self._rule = rule
        self._limits = limits
        self._taken = taken
        self._turns = turns
        self._turn_times = [turn.ts_us for turn in turns]
        self._lasting = _lasting(rule, limits, times, turns)
        self._least_gap_us = MIN_GAP_US if rule.max_gap_us is None else rule.max_gap_us
        self._has_rates = any(condition.kind == "rate" for condition in rule.conditions)

    def next_index(self, state: State, index: int) -> int:
        """Return the place of the next reading to observe, from *index* on."""
        times, fold = self.times, state.newest.fold
        if index >= len(times):
            return index
        is_quiet = fold.is_settled and fold.active is None
        telling = self._lasting if is_quiet else self._turn_times
        place = bisect_left(telling, times[index])
        until_us = telling[place] if place < len(telling) else times[-1]
        due_us = _reading_due_us(self._rule, self._limits, state)
        if due_us is None:
            return bisect_left(times, until_us, index)
        stop = bisect_left(times, min(until_us, due_us), index)
        gaps = (
            place
            for place in range(index, stop)
            if times[place] - times[place - 1] > self._least_gap_us
        )
        return next(gaps, stop)

    def passed(self, state: State, index: int, end: int) -> State:
        """Return the state after the readings from *index* to *end*, exclusive: they are passed."""
        if index == end:
            return state
        fold, newest = self._remembered(state.newest.fold, self.times[end]), state.newest
        if end - index >= EARLIER_ENTRIES:
            index = end - EARLIER_ENTRIES + 1
            newest = start(fold, self.times[index - 1])
        for ts_us in self.times[index:end]:
            newest = new_tuple(Entry, (ts_us, ts_us, (), fold, newest))
        return new_tuple(State, (newest, *state[1:]))

    def _remembered(self, fold: Fold, before_us: int) -> Fold:
        """Return the fold with what conditions remember of the readings before *before_us*."""
        turn = bisect_left(self._turn_times, before_us) - 1
        if turn < 0 and not self._has_rates:
            return fold
        memory = self._turns[turn].memory if turn >= 0 else fold.memory or self._rule.fresh
        if self._has_rates:
            places = range(len(memory))
            memory = tuple(self._rate_at(place, memory[place], before_us) for place in places)
        return fold if memory == fold.memory else fold._replace(memory=memory)

    def _rate_at(self, place: int, memory: Memory, before_us: int) -> Memory:
        """Return what a rate remembers: the last value, and whether it is true; others as it is."""
        times, values = self._taken[place]
        last = bisect_left(times, before_us) - 1
        if self._rule.conditions[place].kind != "rate" or last < 0:
            return memory
        return (times[last], values[last], 0.0, is_true(memory))


def _piece_of(rule: Rule, limits: Limits, state: State, columns: Columns) -> _Piece:
    memory = state.newest.fold.memory or rule.fresh
    empty = Column((), ())
    taken = [
        taken_by(condition, columns.get(condition.key, empty), of_condition)
        for condition, of_condition in zip(rule.conditions, limits.conditions, strict=True)
    ]
    changes = [
        (ts_us, place, after)
        for place, condition in enumerate(rule.conditions)
        for ts_us, after in changes_of(
            condition, memory[place], taken[place], limits.conditions[place]
        )
    ]
    return _Piece(rule, limits, times_of(taken), taken, _turns(rule, memory, changes))


def _turns(
    rule: Rule, before: tuple[Memory, ...], changes: Iterable[tuple[int, int, Memory]]
) -> list[_Turn]:
    """Return the turns of the *changes*: when which condition begins to remember what."""
    memory, found = list(before), dict[int, tuple[Memory, ...]]()
    for ts_us, place, after in sorted(changes, key=lambda change: change[:2]):
        memory[place] = after
        found[ts_us] = tuple(memory)
    return [
        _Turn(ts_us, after, tuple(is_level_true(level, after) for level in rule.levels))
        for ts_us, after in found.items()
    ]


def _lasting(
    rule: Rule, limits: Limits, times: Sequence[int], turns: Sequence[_Turn]
) -> Sequence[int]:
    """Return the times at which a level becomes true and may stay so until its ``for`` is over."""
    if rule.has_events:  # a change is true for the moment of a turn
        return [turn.ts_us for turn in turns]
    found = set()
    for level, for_us in enumerate(limits.for_us):
        began_us = None
        for ts_us, _, levels in turns:
            if levels[level]:
                began_us = ts_us if began_us is None else began_us
            elif began_us is not None:
                last_us = ts_us if rule.holds else times[bisect_left(times, ts_us) - 1]
                if began_us + for_us <= last_us:
                    found.add(began_us)
                began_us = None
        if began_us is not None:
            found.add(began_us)
    return sorted(found)


def _reading_due_us(rule: Rule, limits: Limits, state: State) -> int | None:
    """Return from when on a reading makes a level active that is true, or None."""
    fold = state.newest.fold
    if fold.is_settled or rule.holds:
        return None
    moments = (
        opening(rule, max(moment + limits.for_us[level], state.newest.ts_us))
        for level, moment in enumerate(fold.since)
        if moment is not None and not fold.on[level]
    )
    return min(moments, default=None)
