"""What a rule would have done with the readings of the past; the same machine, without effects."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from qlines.evaluation.columns import Columns, between, times_of
from qlines.evaluation.effect import Effect
from qlines.evaluation.limits import SECOND_US
from qlines.evaluation.rule import Rule
from qlines.evaluation.skim import steps, ticks
from qlines.evaluation.skim_silence import steps as steps_of_silence
from qlines.evaluation.state import State

MAX_ALARMS = 200
Device = tuple[str, Iterable[Columns], Mapping[str, Any]]


class PastAlarm(NamedTuple):
    """An alarm that would have been; *to_us* is None when it would be active now."""

    device: str
    severity: str
    from_us: int
    to_us: int | None


class DryRun(NamedTuple):
    """How many alarms would have been, for which devices it is true now, and the first of them."""

    raised: int
    cleared: int
    longest_seconds: int
    true_now: list[str]
    alarms: list[PastAlarm]


class OutOfTimeError(Exception):
    """Raised by the pieces of a device: it is left out, and so are those after it."""


class _Past(NamedTuple):
    """What there would have been of one device, with the first of its alarms."""

    raised: int
    cleared: int
    longest_us: int
    is_true_now: bool
    alarms: list[PastAlarm]


def dry_run(
    rule: Rule, devices: Iterable[Device], now_us: int, *, from_us: int | None = None
) -> DryRun:
    """Return what the rule would have done; *devices* are (id, pieces of its past, attributes).

    The pieces come in the order of time, each with readings of the rule's keys, or with any.
    Every reading counts as arrived when it was measured. Silence counts from *from_us* on, by
    default from a device's first reading. Who was connected is not known: offline never was.
    """
    raised = cleared = longest_us = 0
    true_now: list[str] = []
    alarms: list[PastAlarm] = []
    for device, pieces, parameters in devices:
        effects = _effects(rule, pieces, parameters, now_us, from_us)
        try:
            past = _past_of(rule, device, effects, now_us)
        except OutOfTimeError:
            break
        raised += past.raised
        cleared += past.cleared
        longest_us = max(longest_us, past.longest_us)
        true_now += [device] * past.is_true_now
        alarms += past.alarms[: MAX_ALARMS - len(alarms)]
    return DryRun(raised, cleared, longest_us // SECOND_US, true_now, alarms)


def _past_of(rule: Rule, device: str, effects: Iterable[Effect], now_us: int) -> _Past:
    raised = cleared = longest_us = 0
    alarms: list[PastAlarm] = []
    current: PastAlarm | None = None
    for effect in effects:
        if effect.type == "raised":
            raised += 1
            current = PastAlarm(device, effect.severity, effect.ts_us, None)
        elif effect.type == "cleared" and current is not None:
            cleared += 1
            longest_us = max(longest_us, effect.ts_us - current.from_us)
            _add(alarms, current._replace(to_us=effect.ts_us))
            current = None
        elif current is not None:
            current = current._replace(severity=_worse(rule, current.severity, effect.severity))
    if current is not None:
        longest_us = max(longest_us, now_us - current.from_us)
        _add(alarms, current)
    return _Past(raised, cleared, longest_us, current is not None, alarms)


def _add(alarms: list[PastAlarm], alarm: PastAlarm) -> None:
    if len(alarms) < MAX_ALARMS:
        alarms.append(alarm)


def _worse(rule: Rule, one: str, other: str) -> str:
    severities = [level.severity for level in rule.levels]
    return min(one, other, key=severities.index)


def _effects(
    rule: Rule,
    pieces: Iterable[Columns],
    parameters: Mapping[str, Any],
    now_us: int,
    from_us: int | None,
) -> Iterator[Effect]:
    skimmed = steps_of_silence if rule.is_silence else steps
    state = None if from_us is None else State.new(from_us)
    for piece in pieces:
        past = between(piece, 0, now_us)
        if state is None:
            state = State.new(next(iter(times_of(past.values())), now_us))
        for step in skimmed(rule, state, past, parameters):
            state = step.state
            yield from step.effects
    for step in ticks(rule, state or State.new(now_us), now_us + 1, parameters):
        yield from step.effects
