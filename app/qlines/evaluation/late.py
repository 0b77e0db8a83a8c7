"""Readings that are too old, or too far ahead, to change now: they make alarms of the past.

They are folded by themselves, in the order in which they come. One that is older than the one
before begins another back-fill. An alarm of the past that does not end by a
reading ends with the last one, once none has come for a minute.
"""

from typing import Any

from qlines.evaluation.chain import cut, start
from qlines.evaluation.effect import Effect
from qlines.evaluation.fold import FRESH, Active, Fold
from qlines.evaluation.levels import advance
from qlines.evaluation.limits import SECOND_US, Limits
from qlines.evaluation.publish import effect_of, witness_of_readings
from qlines.evaluation.rule import Rule
from qlines.evaluation.sample import Sample
from qlines.evaluation.state import MIN_ROOM, Late, State
from qlines.evaluation.window import EARLIER_ENTRIES, appended

QUIET_US = 60 * SECOND_US


def observe_late(
    rule: Rule, limits: Limits, state: State, sample: Sample, values: tuple[Any, ...]
) -> tuple[State, tuple[Effect, ...]]:
    """Return the state after a late reading, and the alarms of the past that ended by it.

    One that arrived before the last one, or with it and is not newer, is a repetition.
    """
    ts_us, received_us, _ = sample
    before: tuple[Effect, ...] = ()
    late = state.late
    if late is not None:
        if (received_us, ts_us) <= (late.received_us, late.newest.ts_us):
            return state, ()
        if ts_us <= late.newest.ts_us or received_us >= late.received_us + QUIET_US:
            before, late = _missed(state, _end_us(late), late.raised), None
    late = late or Late(received_us, start(), MIN_ROOM, None)
    newest = appended(rule, limits, late.newest, ts_us, received_us, values)
    if newest is None:
        return state, ()
    effects, raised = before, late.raised
    for fold in (advance(rule, limits, late.newest.fold, ts_us), newest.fold):
        if raised is not None and fold.active is None:
            end_us = ts_us if fold.ended is None else fold.ended.at_us
            effects, raised = effects + _missed(state, end_us, raised), None
        if fold.active is not None:
            raised = _worst(rule, limits, raised, fold.active, newest)
    room = late.room - 1
    if not room:
        (newest, _), room = cut(newest, ts_us, EARLIER_ENTRIES, MIN_ROOM), MIN_ROOM
    late = Late(received_us, newest, room, raised)
    return state._replace(late=late, clock_off_us=received_us - ts_us), effects


def _worst(
    rule: Rule, limits: Limits, raised: Effect | None, active: Active, newest: Any
) -> Effect:
    severities = [level.severity for level in rule.levels]
    severity = severities[active.level]
    if raised is None:
        evidence = witness_of_readings(rule, newest, None)(active.at_us, active.level)
        return effect_of("historic", rule, limits, severity, active.since_us, evidence)
    if severities.index(raised.severity) > active.level:
        return raised._replace(severity=severity)
    return raised


def _missed(state: State, end_us: int, raised: Effect | None) -> tuple[Effect, ...]:
    """Return the alarm of the past, unless it lies within the one that is active."""
    if raised is None or (state.published and raised.ts_us >= state.published.since_us):
        return ()
    return (raised._replace(until_us=end_us),)


def _end_us(late: Late) -> int:
    """Return until when it is known to be true: the last reading, or the last but those clear."""
    fold: Fold = late.newest.fold
    return late.newest.ts_us if fold.clearing_us is None else fold.clearing_us


def flush_due_us(late: Late | None) -> int | None:
    """Return when an alarm of the past ends because no late reading comes, or None."""
    return None if late is None or late.raised is None else late.received_us + QUIET_US


def flush(state: State, now_us: int) -> tuple[State, tuple[Effect, ...]]:
    """Return the state and the alarm of the past that is over at *now_us*, if there is one."""
    late, due_us = state.late, flush_due_us(state.late)
    if late is None or due_us is None or now_us < due_us:
        return state, ()
    effects = _missed(state, _end_us(late), late.raised)
    after = Late(late.received_us, start(FRESH, late.newest.ts_us), MIN_ROOM, None)
    return state._replace(late=after), effects
