"""The difference between what is active now and what was said before, as effects."""

from collections.abc import Callable
from typing import Any, NamedTuple

from qlines.evaluation.chain import Entry, entry_at, last_value
from qlines.evaluation.condition import is_true
from qlines.evaluation.effect import Effect, EffectType
from qlines.evaluation.fold import Active, Ended
from qlines.evaluation.limits import Limits
from qlines.evaluation.rule import Rule
from qlines.evaluation.words import ending, finding


class Published(NamedTuple):
    """The alarm that was raised and not cleared; *condition* is the one that it names.

    *readings* is how many found it active, the last of them *last_value* at *last_ts_us*.
    """

    severity: str
    since_us: int
    condition: int
    readings: int
    last_value: Any
    last_ts_us: int


class Evidence(NamedTuple):
    """The reading, or the moment, that shows a change, and the value of the condition in it."""

    condition: int
    reading_us: int | None
    received_us: int
    value: Any
    reason: str


Witness = Callable[[int, int | None], Evidence]  # of what happened at a time, about a level


def difference(
    rule: Rule,
    limits: Limits,
    published: Published | None,
    active: Active | None,
    ended: Ended | None,
    witness: Witness,
    now_us: int,
) -> tuple[Published | None, tuple[Effect, ...]]:
    """Return what is published from now on, and what says so.

    *ended* is the last end that is known, *now_us* the event time of what was looked at last.
    """
    if active is None:
        if published is None:
            return None, ()
        return None, (_cleared(rule, limits, published, ended, witness, now_us),)
    severity = rule.levels[active.level].severity
    if published is not None and published.severity == severity:
        return published, ()
    evidence = witness(active.at_us, active.level)
    type_: EffectType = "raised"
    since_us, readings = active.since_us, 1
    if published is not None:
        type_, since_us, readings = "severity", published.since_us, published.readings
    effect = effect_of(type_, rule, limits, severity, active.since_us, evidence)
    last_us = active.at_us if evidence.reading_us is None else evidence.reading_us
    return (
        Published(severity, since_us, evidence.condition, readings, evidence.value, last_us),
        (effect,),
    )


def _cleared(
    rule: Rule,
    limits: Limits,
    published: Published,
    ended: Ended | None,
    witness: Witness,
    now_us: int,
) -> Effect:
    # What a reading out of order takes back has no end of its own.
    is_known = ended is not None and ended.at_us >= published.since_us
    at_us = ended.at_us if is_known and ended is not None else now_us
    _, reading_us, received_us, value, reason = witness(at_us, None)
    if is_known and ended is not None and ended.was_kept:
        reason = "keep_for"
    evidence = Evidence(published.condition, reading_us, received_us, value, reason)
    condition = rule.conditions[published.condition]
    what = ending(condition.kind, condition.key, value)
    return effect_of("cleared", rule, limits, published.severity, at_us, evidence, what)


def effect_of(
    type_: EffectType,
    rule: Rule,
    limits: Limits,
    severity: str,
    ts_us: int,
    evidence: Evidence,
    what: str = "",
) -> Effect:
    """Return the effect that the evidence shows; *what* says it in words, by default what is so."""
    condition = rule.conditions[evidence.condition]
    of_condition = limits.conditions[evidence.condition]
    limit, clear = _compared(condition.kind, evidence.value, of_condition)
    return Effect(
        type_,
        severity,
        ts_us,
        evidence.reading_us,
        evidence.received_us,
        condition.key,
        evidence.value,
        limit,
        clear,
        reason=evidence.reason,
        what=what or finding(condition.kind, condition.key, evidence.value, of_condition),
    )


def _compared(kind: str, value: Any, limits: tuple[Any, ...]) -> tuple[Any, Any]:
    """Return the limit that a value passed, and where it must be again."""
    if kind == "outside":
        low, high, clear_low, clear_high = limits
        return (
            (low, clear_low)
            if isinstance(value, int | float) and value < low
            else (high, clear_high)
        )
    limit, clear, *_ = (*limits, None, None)
    return limit, clear


def witness_of_readings(rule: Rule, newest: Entry, published: Published | None) -> Witness:
    """Return what finds the reading of a change in a chain.

    About a level it names the first of its conditions that was true then; about no level, the
    condition that is published.
    """

    def witness(at_us: int, level: int | None) -> Evidence:
        entry = entry_at(newest, at_us)
        if level is None:
            place = 0 if published is None else published.condition
        else:
            place = _true_condition(rule, entry, level)
        return Evidence(
            place, entry.ts_us or None, entry.received_us, value_of(rule, entry, place), ""
        )

    return witness


def _true_condition(rule: Rule, entry: Entry, level: int) -> int:
    """Return the place of a true condition; that of a change is true no more after its reading."""
    places, memory = rule.levels[level].conditions, entry.fold.memory or rule.fresh
    true = (place for place in places if is_true(memory[place]))
    events = (place for place in places if rule.conditions[place].kind == "change")
    return next(true, next(events, places[0]))


def value_of(rule: Rule, entry: Entry, place: int) -> Any:
    """Return what a condition compares at a reading: the last value of its key, or the rate."""
    condition = rule.conditions[place]
    if condition.kind == "rate":
        memory = entry.fold.memory
        return memory[place][2] if memory and memory[place] else None
    return last_value(entry, condition.slot)
