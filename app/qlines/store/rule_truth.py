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
AT_ONCE, NEXT = WHEN_TRUE_NOW = ("alarm", "next")


class Look(NamedTuple):
    """Whether a rule is true for a device, and when something arrived from it last, 0 for never."""

    device: DeviceDocument
    heard_us: int
    is_true: bool


def begins(fields: Mapping[str, Any], before: AlarmRule | None) -> bool:
    """Return whether the evaluator begins with a rule, or begins again as it was changed; pure."""
    if not fields["enabled"]:
        return False
    return before is None or not before["enabled"] or alarm_rules.decides_anew(before, fields)


def asks_devices(fields: Mapping[str, Any], choice: str | None, before: AlarmRule | None) -> bool:
    """Return whether first_states() needs what devices have sent; pure. Without, it is empty."""
    return begins(fields, before) and (choice != AT_ONCE or _is_about_silence(fields))


def _is_about_silence(fields: Mapping[str, Any]) -> bool:
    kinds = (one["kind"] for level in fields["levels"] for one in level["conditions"])
    return "no_data" in kinds


def first_states(
    db: Documents,
    client: Client,
    owner: ObjectId,
    fields: Mapping[str, Any],
    choice: str | None,
    before: AlarmRule | None,
    now_us: int,
) -> dict[ObjectId, State]:
    """Return the states of devices with which a rule begins for which asks_devices() is true.

    *fields* are in normal form, *before* is the rule that they change, *choice* one of
    WHEN_TRUE_NOW. For which it is true without an alarm of it, and shall wait for the next time, it
    is suppressed. Of silence it has to know when each device was heard: one that never sends again
    is silent too. Raise TrueNowError when nobody has made a choice that is needed.
    """
    known = alarm_search.devices_with(db, before["_id"]) if before else set()
    looked_at = look_at_all(db, client, owner, fields, now_us)
    new = [one.device for one in looked_at if one.is_true and one.device["_id"] not in known]
    if new and choice is None:
        raise TrueNowError([(str(device["_id"]), device["name"]) for device in new])
    states: dict[ObjectId, State] = {}
    if _is_about_silence(fields):
        heard = [one for one in looked_at if one.heard_us]
        states = {one.device["_id"]: State.new(heard_us=one.heard_us) for one in heard}
    if choice == NEXT:
        waiting = {device["_id"] for device in new}
        quiet = [one for one in looked_at if one.device["_id"] in waiting]
        states |= {one.device["_id"]: State.suppressed(heard_us=one.heard_us) for one in quiet}
    return states


def look_at_all(
    db: Documents, client: Client, owner: ObjectId, fields: Mapping[str, Any], now_us: int
) -> list[Look]:
    """Return what a rule in normal form says of each device that it is about, by name.

    Raise StoreUnavailableError when a store does not answer.
    """
    rule = compile_rule("", 0, without_times(fields))
    devices = alarm_scope.devices_of(db, owner, fields["scope"])
    found: list[Look] = []
    for start in range(0, len(devices), DEVICES_AT_A_TIME):
        found += _look_at(db, client, rule, devices[start : start + DEVICES_AT_A_TIME], now_us)
    return found


def _look_at(
    db: Documents, client: Client, rule: Rule, devices: Sequence[DeviceDocument], now_us: int
) -> list[Look]:
    ids = [str(device["_id"]) for device in devices]
    latest = readings.latest_of_devices(client, ids)
    connected = presence.of_devices(db, ids) if rule.needs_presence else {}
    parameters = alarm_parameters.of_devices(db, ids, rule.attributes)
    found = []
    for device in devices:
        newest = latest.get(str(device["_id"]), Latest({}, 0))
        seen = connected.get(str(device["_id"]))
        is_there = Presence(seen.connected, seen.changed_us) if seen else None
        attributes = parameters.get(str(device["_id"]), {})
        is_so = is_true(rule, newest, attributes, is_there, now_us)
        found.append(Look(device, newest.seen_us, is_so))
    return found


def is_true(
    rule: Rule,
    latest: Latest,
    parameters: Mapping[str, Any],
    is_there: Presence | None,
    now_us: int,
) -> bool:
    """Return whether a rule without_times() is true for a device; pure."""
    state = State.new(heard_us=latest.seen_us)
    for sample in _samples(rule, latest):
        state = observe(rule, state, sample, parameters).state
    return tick(rule, state, now_us, parameters, is_there).state.status == "active"


def without_times(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return a rule in normal form that is true at once, always, and no longer than it is; pure."""
    levels = [{**level, "for_seconds": 0} for level in fields["levels"]]
    return {**fields, "levels": levels, "keep_for_seconds": 0, "schedule": None}


def _samples(rule: Rule, latest: Latest) -> list[Sample]:
    """Return the latest values of the rule's keys, those of one moment together, in order."""
    by_time: dict[int, dict[str, Any]] = {}
    for key in rule.keys:
        if key in latest.values:
            value = latest.values[key]
            by_time.setdefault(value.ts_us, {})[key] = value.value
    return [Sample(ts_us, ts_us, values) for ts_us, values in sorted(by_time.items())]
