"""Rules about what does not come: no data, by the clock of the server, and offline.

A condition remembers when it was heard last, or since when the device is not connected, and is true
so many seconds later. A reading counts when it arrives, if its own time is within the lateness.
"""

from collections.abc import Iterator

from qlines.evaluation.chain import new_tuple, start
from qlines.evaluation.condition import Condition, Memory
from qlines.evaluation.effect import Effect
from qlines.evaluation.fold import Fold
from qlines.evaluation.levels import Since, advance, next_change_us, settle
from qlines.evaluation.limits import SECOND_US, Limits
from qlines.evaluation.publish import Evidence, Witness, difference
from qlines.evaluation.rule import Level, Rule
from qlines.evaluation.sample import Presence, Sample
from qlines.evaluation.state import HEARD_EVERY_US, State

Outcome = tuple[State, tuple[Effect, ...]]


def observe_heard(
    rule: Rule, limits: Limits, state: State, sample: Sample
) -> tuple[State, tuple[Effect, ...], bool]:
    """Return the state after a reading: what was silent is back; and whether the step is minor."""
    ts_us, received_us, _ = sample
    if not -rule.lateness_us <= received_us - ts_us <= rule.lateness_us:
        return state._replace(clock_off_us=received_us - ts_us), (), False
    newest, room, published, late, ticked_us, _, problem, watched_us, heard_us = state
    fold, old = newest.fold, newest.fold.memory or memory_of(rule, state)
    memory = _heard(rule, old, sample)
    if memory == old:
        return state, (), False
    is_new = not heard_us or received_us - heard_us >= HEARD_EVERY_US
    if is_new:
        heard_us = received_us
    is_quiet = fold.active is None and fold.is_settled
    if is_quiet:
        newest = start(new_tuple(Fold, (memory, *fold[1:])))
    after = (newest, room, published, late, ticked_us, 0, problem, watched_us, heard_us)
    state = new_tuple(State, after)
    if is_quiet:
        is_minor = not is_new and published is None and late is None and all(old)
        return state, (), is_minor
    return *_stepped(rule, limits, state, memory, received_us, sample), False


def _heard(rule: Rule, old: tuple[Memory, ...], sample: Sample) -> tuple[Memory, ...]:
    """Return what conditions remember when a reading is heard."""
    _, received_us, values = sample
    memory = list(old)
    for place, condition in enumerate(rule.conditions):
        if condition.kind != "no_data" or received_us <= memory[place]:
            continue
        value = values.get(condition.key) if condition.key else True
        if value is not None and value == value:
            memory[place] = received_us
    return tuple(memory)


def tick_silence(
    rule: Rule, limits: Limits, state: State, now_us: int, presence: Presence | None
) -> Outcome:
    """Return the state at a moment by our clock."""
    memory = _with_presence(rule, memory_of(rule, state), presence)
    return _stepped(rule, limits, state, memory, now_us, None)


def next_silence_us(
    rule: Rule, limits: Limits, state: State, presence: Presence | None
) -> int | None:
    """Return when a level becomes true if nothing comes, or time changes something else."""
    fold = state.newest.fold
    memory = _with_presence(rule, memory_of(rule, state), presence)
    moments = [next_change_us(rule, limits, fold)]
    if not fold.is_blocked:
        since = fold.since or (None,) * len(rule.levels)
        from_us = _levels_from(rule, limits, state, memory)
        moments += [one for one, moment in zip(from_us, since, strict=True) if moment is None]
    return min((moment for moment in moments if moment is not None), default=None)


def _stepped(
    rule: Rule,
    limits: Limits,
    state: State,
    memory: tuple[Memory, ...],
    now_us: int,
    sample: Sample | None,
) -> Outcome:
    old = state.newest.fold
    fold = advance(rule, limits, old, now_us)
    since = _since(fold, _levels_from(rule, limits, state, memory), now_us)
    if fold is old and fold.is_settled and (memory, since) == (fold.memory, fold.since):
        return state, ()
    witness = _witness(rule, limits, state, memory, now_us, sample)
    published = state.published
    effects: tuple[Effect, ...] = ()
    for one in (fold, settle(rule, limits, fold, memory, since, now_us)):
        published, more = difference(
            rule, limits, published, one.active, one.ended, witness, now_us
        )
        fold, effects = one, effects + more
    return state._replace(newest=start(fold), published=published), effects


def memory_of(rule: Rule, state: State) -> tuple[Memory, ...]:
    """Return what each condition remembers."""
    return state.newest.fold.memory or tuple(
        state.heard_us if condition.kind == "no_data" else () for condition in rule.conditions
    )


def _with_presence(
    rule: Rule, memory: tuple[Memory, ...], presence: Presence | None
) -> tuple[Memory, ...]:
    if not rule.needs_presence:
        return memory
    is_away = presence is not None and not presence.connected
    away = (presence.changed_us,) if presence is not None and is_away else ()
    return tuple(
        away if condition.kind == "offline" else moment
        for condition, moment in zip(rule.conditions, memory, strict=True)
    )


def _since(fold: Fold, from_us: Since, now_us: int) -> Since:
    old = fold.since or (None,) * len(from_us)
    return tuple(
        None if moment is None or moment > now_us else (moment if before is None else before)
        for moment, before in zip(from_us, old, strict=True)
    )


def _levels_from(rule: Rule, limits: Limits, state: State, memory: tuple[Memory, ...]) -> Since:
    """Return per level from when it is true if nothing comes, None where it never is.

    What happened before we watched does not count, unless it is active already, or was true when
    the rule began: that must not look false because we begin to watch again.
    """
    fold = state.newest.fold
    watched_us = 0 if fold.is_blocked or fold.active is not None else state.watched_us
    from_us = tuple(
        _from(condition, moment, round(seconds * SECOND_US), watched_us)
        for condition, moment, (seconds,) in zip(
            rule.conditions, memory, limits.conditions, strict=True
        )
    )
    return tuple(_level_from(level, from_us) for level in rule.levels)


def _from(condition: Condition, moment: Memory, silence_us: int, watched_us: int) -> int | None:
    if condition.kind == "offline":
        since: tuple[int, ...] = moment
        return max(since[0], watched_us) + silence_us if since else None
    heard_us: int = moment
    if not heard_us and not condition.if_never:
        return None
    return max(heard_us, watched_us) + silence_us


def _level_from(level: Level, from_us: Since) -> int | None:
    moments = [from_us[place] for place in level.conditions]
    known = [moment for moment in moments if moment is not None]
    if not known or (level.is_all and len(known) < len(moments)):
        return None
    return max(known) if level.is_all else min(known)


def _witness(
    rule: Rule,
    limits: Limits,
    state: State,
    memory: tuple[Memory, ...],
    now_us: int,
    sample: Sample | None,
) -> Witness:
    """Return what says why: who is silent since when, or what brought it back."""

    def witness(_: int, level: int | None) -> Evidence:
        if level is None:
            place = 0 if state.published is None else state.published.condition
            is_online = rule.conditions[place].kind == "offline"
            if sample is not None:
                return Evidence(place, sample.ts_us, sample.received_us, None, "back")
            return Evidence(place, None, now_us, None, "back online" if is_online else "back")
        places = rule.levels[level].conditions
        place = next(_true(rule, limits, state, memory, places, now_us), places[0])
        heard = memory[place]
        reading_us = heard if heard and type(heard) is int else None
        return Evidence(place, reading_us, now_us, None, _reason(rule.conditions[place], state))

    return witness


def _true(
    rule: Rule,
    limits: Limits,
    state: State,
    memory: tuple[Memory, ...],
    places: tuple[int, ...],
    now_us: int,
) -> Iterator[int]:
    for place in places:
        silence_us = round(limits.conditions[place][0] * SECOND_US)
        moment = _from(rule.conditions[place], memory[place], silence_us, state.watched_us)
        if moment is not None and moment <= now_us:
            yield place


def _reason(condition: Condition, state: State) -> str:
    if condition.kind == "offline":
        return "offline"
    return "clock off" if state.clock_off_us else "no data"
