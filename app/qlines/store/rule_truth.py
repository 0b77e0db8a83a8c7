"""For which devices a rule is true at this moment, by their latest readings.

The evaluator's own code decides, for the rule without its times: a rule that is to hold for an hour
is true now where it has been true for a second, since nothing may come in that hour.
"""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from bson import ObjectId
from clickhouse_driver import Client

from qlines.clients.mongodb import Documents
from qlines.errors import TrueNowError
from qlines.evaluation.machine import observe, tick
from qlines.evaluation.rule import Rule, compile_rule
from qlines.evaluation.sample import Presence, Sample
from qlines.evaluation.state import State
from qlines.store import (
    alarm_parameters,
    alarm_rules,
    alarm_scope,
    alarm_search,
    presence,
    readings,
)
from qlines.store.alarm_rules import AlarmRule
from qlines.store.device_document import DeviceDocument
from qlines.store.readings import Latest

DEVICES_AT_A_TIME = 500  # whose latest readings and attributes are in memory
NEXT = "next"
WHEN_TRUE_NOW = ("alarm", NEXT)


class Look(NamedTuple):
    """What the latest readings of a device say: whether a rule is true, and with which *state* it
    begins; None where that would be a new one.
    """

    device: DeviceDocument
    is_true: bool
    state: State | None


class Rules(NamedTuple):
    """A rule, and the same without its times: what is true now is so by the second one."""

    rule: Rule
    at_once: Rule


def begins(fields: Mapping[str, Any], before: AlarmRule | None) -> bool:
    """Return whether the evaluator begins with a rule, or begins again as it was changed; pure.

    Otherwise first_states() are not needed: the evaluator knows what the devices have sent.
    """
    if not fields["enabled"]:
        return False
    return before is None or not before["enabled"] or alarm_rules.decides_anew(before, fields)


def first_states(
    db: Documents,
    client: Client,
    owner: ObjectId,
    fields: Mapping[str, Any],
    choice: str | None,
    before: AlarmRule | None,
    now_us: int,
) -> dict[ObjectId, State]:
    """Return the states of devices with which a rule begins, where more is known than nothing.

    *fields* are in normal form, *before* is the rule that they change, *choice* one of
    WHEN_TRUE_NOW. A rule that is true for a device begins with the device's latest values, so that
    it raises an alarm at once, and does not wait for a reading that may never come. Where it is to
    wait for the next time, it is suppressed. So does one that is true for it in part, as what is
    true may not be sent again before the rest is, and one that compares the next value with the
    last one. Of silence it has to know when each device was heard:
    one that never sends again is silent too. Raise TrueNowError when nobody has made a choice that
    is needed.
    """
    known = alarm_search.devices_with(db, before["_id"]) if before else set()
    looked_at = look_at_all(db, client, owner, fields, now_us)
    new = [one for one in looked_at if one.is_true and one.device["_id"] not in known]
    if new and choice is None:
        raise TrueNowError([(str(one.device["_id"]), one.device["name"]) for one in new])
    states = {one.device["_id"]: one.state for one in looked_at if one.state is not None}
    if choice == NEXT:
        known_of = {one.device["_id"]: one.state or State.new() for one in new}
        states |= {device: state.cleared_by_hand() for device, state in known_of.items()}
    return states


def look_at_all(
    db: Documents, client: Client, owner: ObjectId, fields: Mapping[str, Any], now_us: int
) -> list[Look]:
    """Return what a rule in normal form says of each device that it is about, by name.

    Raise StoreUnavailableError when a store does not answer.
    """
    rules = Rules(compile_rule("", 0, fields), compile_rule("", 0, without_times(fields)))
    devices = alarm_scope.devices_of(db, owner, fields["scope"])
    found: list[Look] = []
    for start in range(0, len(devices), DEVICES_AT_A_TIME):
        found += _look_at(db, client, rules, devices[start : start + DEVICES_AT_A_TIME], now_us)
    return found


def _look_at(
    db: Documents, client: Client, rules: Rules, devices: Sequence[DeviceDocument], now_us: int
) -> list[Look]:
    ids = [str(device["_id"]) for device in devices]
    latest = readings.latest_of_devices(client, ids)
    connected = presence.of_devices(db, ids) if rules.rule.needs_presence else {}
    parameters = alarm_parameters.of_devices(db, ids, rules.rule.attributes)
    found = []
    for device in devices:
        newest = latest.get(str(device["_id"]), Latest({}, 0))
        seen = connected.get(str(device["_id"]))
        is_there = Presence(seen.connected, seen.changed_us) if seen else None
        attributes = parameters.get(str(device["_id"]), {})
        is_so = is_true(rules.at_once, newest, attributes, is_there, now_us)
        state = _first_state(rules.rule, newest, attributes, is_so, now_us)
        found.append(Look(device, is_so, state))
    return found


def _first_state(
    rule: Rule, latest: Latest, parameters: Mapping[str, Any], is_so: bool, now_us: int
) -> State | None:
    if rule.is_silence:
        return State.new(heard_us=latest.seen_us) if latest.seen_us else None
    state = _observed(rule, latest, parameters, now_us)
    memory = state.newest.fold.memory or rule.fresh
    return state.untold() if is_so or memory != rule.fresh else None


def is_true(
    rule: Rule,
    latest: Latest,
    parameters: Mapping[str, Any],
    is_there: Presence | None,
    now_us: int,
) -> bool:
    """Return whether a rule without_times() is true for a device; pure."""
    state = _observed(rule, latest, parameters, now_us)
    return tick(rule, state, now_us, parameters, is_there).state.status == "active"


def _observed(rule: Rule, latest: Latest, parameters: Mapping[str, Any], now_us: int) -> State:
    state = State.new(heard_us=latest.seen_us if rule.is_silence else 0)
    for sample in _samples(rule, latest, now_us + rule.lateness_us):
        state = observe(rule, state, sample, parameters).state
    return state


def without_times(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return a rule in normal form that is true at once, always, and no longer than it is; pure."""
    levels = [{**level, "for_seconds": 0} for level in fields["levels"]]
    return {**fields, "levels": levels, "keep_for_seconds": 0, "schedule": None}


def _samples(rule: Rule, latest: Latest, until_us: int) -> list[Sample]:
    """Return the latest values of the rule's keys, those of one moment together, in order.

    One of after *until_us* is of a wrong clock: whatever comes now would be older, and not count.
    """
    by_time: dict[int, dict[str, Any]] = {}
    for key in rule.keys:
        value = latest.values.get(key)
        if value is not None and value.ts_us <= until_us:
            by_time.setdefault(value.ts_us, {})[key] = value.value
    return [Sample(ts_us, ts_us, values) for ts_us, values in sorted(by_time.items())]
