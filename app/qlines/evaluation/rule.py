"""A rule, compiled for evaluation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from qlines.evaluation.condition import FRESH, JUDGES, SILENCE, Condition, Judge, Memory
from qlines.evaluation.limits import SECOND_US, Attribute, Limits, attributes_in, limits_of
from qlines.evaluation.schedule import Schedule

NO_PARAMETERS: Mapping[str, Any] = {}
MAX_KNOWN_LIMITS = 10_000  # of devices whose attributes differ


class Level(NamedTuple):
    """A severity and what must be true for it; *conditions* are their places in the rule."""

    severity: str
    is_all: bool
    conditions: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """What evaluation needs of a rule; durations are microseconds.

    *slots* are the keys whose values an entry keeps, in that order. *max_gap_us* is None when the
    usual interval of the device decides; *learns_intervals* when that matters to a ``for``.
    *judges* are those of the conditions, with their places and slots.
    *holds*: time alone completes ``for``, because a value holds until the next one, or because
    silence is what counts.
    """

    id: str
    version: int
    levels: tuple[Level, ...]
    conditions: tuple[Condition, ...]
    slots: tuple[str, ...]
    keep_for_us: int
    max_gap_us: int | None
    lateness_us: int
    sticky: bool
    schedule: Schedule | None
    keys: frozenset[str]
    attributes: frozenset[str]
    needs_any_reading: bool
    needs_presence: bool
    is_silence: bool
    has_events: bool
    holds: bool
    learns_intervals: bool
    judges: tuple[tuple[int, int, Judge], ...]
    fresh: tuple[Memory, ...]
    _durations: tuple[Any, ...]
    _fixed: Limits | None
    _known: dict[tuple[Any, ...], Limits] = field(default_factory=dict)

    def limits(self, parameters: Mapping[str, Any]) -> Limits:
        """Return the limits for a device with these attributes."""
        if self._fixed is not None:
            return self._fixed
        # True is a key of a dictionary as 1 is, and means something else.
        key = tuple((type(value), repr(value)) for value in map(parameters.get, self.attributes))
        limits = self._known.get(key)
        if limits is None:
            if len(self._known) >= MAX_KNOWN_LIMITS:
                self._known.clear()
            limits = self._known[key] = limits_of(self.conditions, self._durations, parameters)
        return limits


def compile_rule(rule_id: str, version: int, fields: Mapping[str, Any]) -> Rule:
    """Return the rule of *fields*, which rule_check.check() has returned."""
    slots = _slots(fields)
    levels, conditions = _levels(fields, slots)
    durations = tuple(_limit(level["for_seconds"]) for level in fields["levels"])
    attributes = frozenset(attributes_in(conditions, durations))
    kinds = {condition.kind for condition in conditions}
    max_gap = fields["max_gap_seconds"]
    return Rule(
        id=rule_id,
        version=version,
        levels=levels,
        conditions=conditions,
        slots=slots,
        keep_for_us=_us(fields["keep_for_seconds"]),
        max_gap_us=None if max_gap is None else _us(max_gap),
        lateness_us=_us(fields["lateness_seconds"]),
        sticky=fields["sticky"],
        schedule=_schedule(fields["schedule"]),
        keys=frozenset(slots),
        attributes=attributes,
        needs_any_reading=any(one.kind == "no_data" and not one.key for one in conditions),
        needs_presence="offline" in kinds,
        is_silence=bool(kinds & SILENCE),
        has_events="change" in kinds,
        learns_intervals=max_gap is None and any(durations),
        holds=max_gap == 0 or bool(kinds & SILENCE),
        judges=tuple((place, one.slot, one.judge) for place, one in enumerate(conditions)),
        fresh=tuple(FRESH.get(condition.kind, False) for condition in conditions),
        _durations=durations,
        _fixed=None if attributes else limits_of(conditions, durations, NO_PARAMETERS),
    )


def _slots(fields: Mapping[str, Any]) -> tuple[str, ...]:
    keys = (condition.get("key") for level in fields["levels"] for condition in level["conditions"])
    return tuple(dict.fromkeys(key for key in keys if key))


def _levels(
    fields: Mapping[str, Any], slots: tuple[str, ...]
) -> tuple[tuple[Level, ...], tuple[Condition, ...]]:
    levels: list[Level] = []
    conditions: list[Condition] = []
    for level in fields["levels"]:
        first = len(conditions)
        conditions += [_condition(one, slots) for one in level["conditions"]]
        places = tuple(range(first, len(conditions)))
        levels.append(Level(level["severity"], level["match"] == "all", places))
    return tuple(levels), tuple(conditions)


def _condition(one: Mapping[str, Any], slots: tuple[str, ...]) -> Condition:
    kind, key = one["kind"], one.get("key") or ""
    slot = slots.index(key) if key else -1
    limits = tuple(_limit(limit) for limit in _limits(one))
    return Condition(kind, key, slot, JUDGES[kind], limits, one.get("if_never", False))


def _limits(one: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return the limits in the order of the table in condition.py."""
    match one["kind"]:
        case "above" | "below":
            return (one["limit"], one["clear"])
        case "outside":
            return (one["low"], one["high"], one["clear_low"], one["clear_high"])
        case "equals":
            return (one["value"],)
        case "rate":
            return (one["limit"], one["clear"], _us(one["per_seconds"]))
        case "no_data" | "offline":
            return (one["seconds"],)
    return ()


def _limit(limit: Any) -> Any:
    if isinstance(limit, Mapping):
        return Attribute(limit["attribute"], limit["default"])
    return limit


def _schedule(given: Mapping[str, Any] | None) -> Schedule | None:
    if given is None:
        return None
    days = frozenset(given["days"])
    return Schedule(ZoneInfo(given["zone"]), days, _minute(given["from"]), _minute(given["to"]))


def _minute(clock: str) -> int:
    return int(clock[:2]) * 60 + int(clock[3:])


def _us(seconds: float) -> int:
    return round(seconds * SECOND_US)
