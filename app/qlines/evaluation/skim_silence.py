"""Readings of the past for a rule about silence, of which those are observed that end a silence.

While nothing is true the others are passed: they say only until when something was heard.
"""

import math
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any

from qlines.evaluation.chain import start
from qlines.evaluation.columns import Columns, sample_at, times_of
from qlines.evaluation.condition import Condition
from qlines.evaluation.limits import SECOND_US, Limits
from qlines.evaluation.machine import Step, observe
from qlines.evaluation.rule import Rule
from qlines.evaluation.silence import memory_of
from qlines.evaluation.skim import ticks
from qlines.evaluation.state import State

Times = Sequence[int]


def steps(
    rule: Rule, state: State, columns: Columns, parameters: Mapping[str, Any]
) -> Iterator[Step]:
    """Yield the steps to what the readings and the time between them make of a state, in order."""
    times = times_of(columns.values())
    heard = [_heard(condition, columns, times) for condition in rule.conditions]
    moments = _silent_from(rule, rule.limits(parameters), state, heard)
    index = 0
    while index < len(times):
        if _is_quiet(state):
            place = bisect_left(moments, times[index - 1]) if index else 0
            until_us = moments[place] if place < len(moments) else times[-1]
            index = min(bisect_left(times, until_us, index), len(times) - 1)
            state = _passed(rule, state, heard, times[index])
        for step in ticks(rule, state, times[index], parameters):
            yield step
            state = step.state
        step = observe(rule, state, sample_at(columns, times[index]), parameters)
        yield step
        state = step.state
        index += 1


def _heard(condition: Condition, columns: Columns, times: Times) -> Times:
    """Return when a condition about no data hears something; never where it is another one."""
    if condition.kind != "no_data":
        return ()
    if not condition.key:
        return times
    column = columns.get(condition.key)
    pairs = () if column is None else zip(*column, strict=True)
    return [ts_us for ts_us, value in pairs if value is not None and value == value]


def _silent_from(rule: Rule, limits: Limits, state: State, heard: Sequence[Times]) -> list[int]:
    """Return the moments in order at which nothing was heard for as long as a condition says."""
    memory = memory_of(rule, state)
    found = set()
    for place, condition in enumerate(rule.conditions):
        if condition.kind == "no_data":
            silence_us = round(limits.conditions[place][0] * SECOND_US)
            for last_us, next_us in pairwise((memory[place], *heard[place], math.inf)):
                moment = max(last_us, state.watched_us) + silence_us
                if moment <= next_us:
                    found.add(moment)
    return sorted(found)


def _is_quiet(state: State) -> bool:
    fold = state.newest.fold
    return state.published is None and fold.active is None and fold.is_settled


def _passed(rule: Rule, state: State, heard: Sequence[Times], before_us: int) -> State:
    """Return the state after what was heard before this moment, with which nothing became true."""
    memory = list(memory_of(rule, state))
    for place, times in enumerate(heard):
        if count := bisect_left(times, before_us):
            memory[place] = times[count - 1]
    return state._replace(newest=start(state.newest.fold._replace(memory=tuple(memory))))
