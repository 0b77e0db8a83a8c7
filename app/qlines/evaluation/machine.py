"""One step of one rule for one device: a reading, or a moment.

The caller keeps the state and does what the effects say. It owes two things:

1. The readings of a device come in the order in which they arrived. Repetitions change nothing.
2. Time does not run ahead of the readings: while readings wait to be observed, the moment that a
   tick names is that up to which all have been. Otherwise silence is found where readings wait.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from qlines.evaluation.chain import Entry, cut, new_tuple
from qlines.evaluation.effect import Effect
from qlines.evaluation.fold import Fold
from qlines.evaluation.late import flush, flush_due_us, observe_late
from qlines.evaluation.levels import advance, next_change_us
from qlines.evaluation.limits import Limits
from qlines.evaluation.publish import Published, difference, value_of, witness_of_readings
from qlines.evaluation.rule import Rule
from qlines.evaluation.sample import Presence, Sample
from qlines.evaluation.silence import next_silence_us, observe_heard, tick_silence
from qlines.evaluation.state import MIN_ROOM, State
from qlines.evaluation.window import (
    EARLIER_ENTRIES,
    appended,
    is_interval_kept,
    sorted_in,
    values_of,
)

# Of a device that sends more within the lateness, the rest is settled. A reading has a value and a
# memory of each condition, so that the whole fits into a document of MongoDB (kept_value.py).
MAX_WINDOW = 1_000  # readings
MAX_WINDOW_CONDITIONS = 2_000  # readings times conditions
NO_EFFECTS: tuple[Effect, ...] = ()


class Step(NamedTuple):
    """The next state, the same object when nothing changed, and what happened, in order.

    *is_minor*: the state need not be stored, and nothing is due because of it. Most of all readings
    only lengthen the chain, or are the next of a device that is not silent.
    """

    state: State
    effects: tuple[Effect, ...]
    is_minor: bool = False


def observe(rule: Rule, state: State, sample: Sample, parameters: Mapping[str, Any]) -> Step:
    """Return what a reading changes; *parameters* are the attributes that the rule names.

    A reading whose own time differs from its arrival by more than the lateness makes historic
    effects only. One out of order is sorted in, and what was said before is compared with what is
    so now. One that was observed before, or has no value for the rule, changes nothing.
    """
    limits = rule.limits(parameters)
    if rule.is_silence:
        return new_tuple(Step, observe_heard(rule, limits, state, sample))
    ts_us, received_us, sent = sample
    values = values_of(rule, sent)
    if not -rule.lateness_us <= received_us - ts_us <= rule.lateness_us:
        return Step(*observe_late(rule, limits, state, sample, values))
    newest, fold = state.newest, state.newest.fold
    if ts_us <= newest.ts_us:
        chain = sorted_in(rule, limits, newest, ts_us, received_us, values)
        if chain is None:
            return Step(state, NO_EFFECTS)
        return _published(rule, limits, state, chain, state.published, NO_EFFECTS)
    chain = appended(rule, limits, newest, ts_us, received_us, values)
    if chain is None:
        return Step(state, NO_EFFECTS)
    if fold.is_settled:
        if chain.fold is fold and (longer := _longer(rule, state, chain, limits.problem)):
            return new_tuple(Step, (longer, NO_EFFECTS, True))
        return _published(rule, limits, state, chain, state.published, NO_EFFECTS)
    # What time alone has changed before this reading is said first.
    fold = advance(rule, limits, fold, max(ts_us, state.ticked_us))
    published, effects = _difference(rule, limits, state.published, newest, fold, ts_us)
    return _published(rule, limits, state, chain, published, effects)


def _longer(rule: Rule, state: State, chain: Entry, problem: str) -> State | None:
    """Return the state when a reading only lengthens the chain, otherwise None.

    That is so for most of all readings; _published() returns the same in three times the time.
    """
    newest, room, published, late, ticked_us, clock_off_us, was, watched_us, heard_us = state
    if published is not None or late is not None or clock_off_us or problem != was:
        return None
    if chain.fold.active is not None or is_interval_kept(rule, chain.ts_us - newest.ts_us):
        return None
    chain, room = (chain, room - 1) if room > 1 else _cut(rule, chain)
    return new_tuple(State, (chain, room, None, None, ticked_us, 0, problem, watched_us, heard_us))


def _cut(rule: Rule, newest: Entry) -> tuple[Entry, int]:
    """Return the chain with what is still needed, and its room."""
    after_us = newest.received_us - rule.lateness_us
    earlier = EARLIER_ENTRIES if rule.learns_intervals else 1
    most = min(MAX_WINDOW, MAX_WINDOW_CONDITIONS // len(rule.conditions))
    chain, entries = cut(newest, after_us, earlier, most)
    return chain, max(MIN_ROOM, entries)


def _published(
    rule: Rule,
    limits: Limits,
    state: State,
    newest: Entry,
    published: Published | None,
    effects: tuple[Effect, ...],
) -> Step:
    """Return the step to a chain, of which *effects* were found before its newest reading."""
    fold = newest.fold
    if published is not None or fold.active is not None or not fold.is_settled:
        now_us = max(newest.ts_us, state.ticked_us)
        fold = advance(rule, limits, fold, now_us)
        before = published
        published, more = _difference(rule, limits, before, newest, fold, newest.ts_us)
        effects += more
        if published is not None and published is before and fold.clearing_us is None:
            published = _touched(rule, published, newest)
    newest, room = (newest, state.room - 1) if state.room > 1 else _cut(rule, newest)
    late = state.late
    after = State(
        newest,
        room,
        published,
        late,
        state.ticked_us,
        0,
        limits.problem,
        state.watched_us,
        state.heard_us,
    )
    if late is not None and late.raised is not None:
        after, more = flush(after, newest.received_us)
        effects += more
    return Step(after, effects)


def _difference(
    rule: Rule,
    limits: Limits,
    published: Published | None,
    newest: Entry,
    fold: Fold,
    now_us: int,
) -> tuple[Published | None, tuple[Effect, ...]]:
    witness = witness_of_readings(rule, newest, published)
    return difference(rule, limits, published, fold.active, fold.ended, witness, now_us)


def _touched(rule: Rule, published: Published, newest: Entry) -> Published:
    value = value_of(rule, newest, published.condition)
    return Published(
        published.severity,
        published.since_us,
        published.condition,
        published.readings + 1,
        value,
        newest.ts_us,
    )


def tick(
    rule: Rule,
    state: State,
    now_us: int,
    parameters: Mapping[str, Any],
    presence: Presence | None = None,
) -> Step:
    """Return what has changed by *now_us* without a reading; *presence* None is unknown.

    Call it when next_due_us() says so, and when the presence of a device has changed.
    """
    limits = rule.limits(parameters)
    if rule.is_silence:
        return Step(*tick_silence(rule, limits, state, now_us, presence))
    state, effects = flush(state, now_us)
    newest = state.newest
    fold = advance(rule, limits, newest.fold, max(now_us, state.ticked_us, newest.ts_us))
    if fold is newest.fold and not _is_untold(state, fold):
        return Step(state, effects)
    published, more = _difference(rule, limits, state.published, newest, fold, now_us)
    ticked_us = max(now_us, state.ticked_us)
    if published is state.published and ticked_us == state.ticked_us:
        return Step(state, effects)
    return Step(state._replace(published=published, ticked_us=ticked_us), effects + more)


def _is_untold(state: State, fold: Fold) -> bool:
    """Return whether something is active, up to now, that was so when the rule began."""
    return state.published is None and fold.active is not None


def next_due_us(
    rule: Rule, state: State, parameters: Mapping[str, Any], presence: Presence | None = None
) -> int | None:
    """Return when tick() will change something if no reading comes, or None for never."""
    limits = rule.limits(parameters)
    if rule.is_silence:
        return next_silence_us(rule, limits, state, presence)
    newest, late_us = state.newest, flush_due_us(state.late)
    fold = advance(rule, limits, newest.fold, max(newest.ts_us, state.ticked_us))
    if _is_untold(state, fold):
        return newest.ts_us
    moments = (next_change_us(rule, limits, fold), late_us)
    return min((moment for moment in moments if moment is not None), default=None)
