"""From what is true to what is active: ``for``, severities, ``keep_for``, schedule, blocking."""

from qlines.evaluation.condition import Memory, is_true
from qlines.evaluation.fold import Active, Ended, Fold
from qlines.evaluation.limits import Limits
from qlines.evaluation.rule import Level, Rule

Since = tuple[int | None, ...]


def is_level_true(level: Level, memory: tuple[Memory, ...]) -> bool:
    """Return whether enough of the conditions of a level are true."""
    for place in level.conditions:
        if is_true(memory[place]) != level.is_all:
            return not level.is_all
    return level.is_all


def settle(
    rule: Rule,
    limits: Limits,
    fold: Fold,
    memory: tuple[Memory, ...],
    since: Since,
    at_us: int,
    *,
    completes: bool = True,
) -> Fold:
    """Return the fold when at *at_us* each level is true since *since*, or not at all.

    1. Blocked: nothing becomes active; once nothing is true it is blocked no longer.
    2. A level is on when it was true for long enough, within the schedule; then until it is false.
       Without *completes* none becomes on: no reading says that it is still true.
    3. The highest level that is on is active; with *sticky* the highest that was.
    4. When none is on, what is active ends, or waits until ``keep_for`` is over.
    """
    if fold.is_blocked and any(moment is not None for moment in since):
        off = (False,) * len(since)
        return Fold(memory, since, off, None, None, fold.ended, True, False)
    on = _on(rule, limits, fold, since, at_us) if completes else fold.on
    active, clearing_us, ended = fold.active, None, fold.ended
    if True in on:
        active = _active(rule, fold.active, on.index(True), since, at_us)
    elif active is not None:
        clearing_us = at_us if fold.clearing_us is None else fold.clearing_us
        if clearing_us + rule.keep_for_us <= at_us:
            ended = Ended(clearing_us + rule.keep_for_us, clearing_us < at_us)
            active = clearing_us = None
    is_settled = clearing_us is None and all(
        is_on or moment is None for is_on, moment in zip(on, since, strict=True)
    )
    return Fold(memory, since, on, active, clearing_us, ended, False, is_settled)


def _on(rule: Rule, limits: Limits, fold: Fold, since: Since, at_us: int) -> tuple[bool, ...]:
    was_on = fold.on or (False,) * len(since)
    on = tuple(
        moment is not None
        and (was_on[level] or (moment + limits.for_us[level] <= at_us and is_open(rule, at_us)))
        for level, moment in enumerate(since)
    )
    if True in on or fold.active is None or not rule.keep_for_us:
        return on
    # An alarm is kept until nothing is true: what is as severe or less continues it at once.
    continued = fold.active.level
    return tuple(level >= continued and moment is not None for level, moment in enumerate(since))


def is_open(rule: Rule, at_us: int) -> bool:
    """Return whether the rule may raise at this moment."""
    return rule.schedule is None or rule.schedule.is_open(at_us)


def _active(
    rule: Rule, before: Active | None, highest: int, since: Since, at_us: int
) -> Active | None:
    if before is None or highest < before.level:
        moment = since[highest]
        return Active(highest, at_us if moment is None else moment, at_us)
    if highest > before.level and not rule.sticky:
        return Active(highest, at_us, at_us)
    return before


def next_change_us(rule: Rule, limits: Limits, fold: Fold) -> int | None:
    """Return when time alone changes the fold next, or None."""
    if fold.is_settled:
        return None
    moments = []
    if fold.clearing_us is not None:
        moments.append(fold.clearing_us + rule.keep_for_us)
    if rule.holds and not fold.is_blocked:
        moments += [
            opening(rule, moment + limits.for_us[level])
            for level, moment in enumerate(fold.since)
            if moment is not None and not fold.on[level]
        ]
    return min(moments, default=None)


def opening(rule: Rule, at_us: int) -> int:
    """Return the moment itself when the rule may raise then, otherwise when it may next."""
    return at_us if rule.schedule is None else rule.schedule.next_open(at_us)


def advance(rule: Rule, limits: Limits, fold: Fold, until_us: int) -> Fold:
    """Return the fold after what time alone changes up to *until_us*, inclusive."""
    while (at_us := next_change_us(rule, limits, fold)) is not None and at_us <= until_us:
        fold = settle(rule, limits, fold, fold.memory, fold.since, at_us, completes=rule.holds)
    return fold
