"""Bring the pairs in line with what rules and devices there are, at the start and after changes."""

import logging
from collections.abc import Container, Iterable
from typing import NamedTuple

from bson import ObjectId

from qlines.alarms import catalog
from qlines.alarms.engine import Engine
from qlines.alarms.fleet import Fleet
from qlines.alarms.pairs import Pair
from qlines.clients.mongodb import Document, Documents
from qlines.clock import utc_datetime
from qlines.evaluation.state_document import from_document
from qlines.store.alarm_states import StoredState, state_id

log = logging.getLogger(__name__)

RULE_GONE, RULE_CHANGED = "rule removed", "rule changed"
TOO_MANY = "too many rules and devices"
DEVICE_GONE, OUT_OF_SCOPE = "device removed", "the rule is no longer about the device"


class Active(NamedTuple):
    """An active alarm as MongoDB has it."""

    id: ObjectId
    is_held: bool


def restore(
    db: Documents,
    engine: Engine,
    states: Iterable[StoredState],
    alarms: Iterable[Document],
    now_us: int,
) -> None:
    """Take over what is stored; what no rule or device stands behind is deleted and ended.

    People clear alarms in the meantime: what of *alarms* no state says any more is asked again.
    """
    active = {
        (str(one["rule"]), str(one["device"])): Active(one["_id"], one["held_back"])
        for one in alarms
    }
    for stored in states:
        pair = pair_of(engine.fleet, stored)
        if pair is None:
            engine.pending.forget(stored)
            continue
        if pair.state.published is not None:
            adopt(pair, active.pop((stored.rule, stored.device), None))
        if pair.state is not pair.kept:  # its alarm was cleared by hand
            engine.pending.note(pair)
        engine.restore(pair, now_us)
    left = catalog.still_active(db, [alarm.id for alarm in active.values()])
    existing = catalog.existing_devices(db, [device for _, device in active])
    now = utc_datetime(now_us)
    for (rule, device), alarm in active.items():
        if alarm.id not in left:
            continue
        reason = why_gone(engine.fleet, rule, device, existing)
        engine.pending.end_alarm(state_id(rule, device), alarm.id, now, reason)


def pair_of(fleet: Fleet, stored: StoredState) -> Pair | None:
    """Return the pair of a stored state; None when it is of no rule and device, or out of date.

    So it is when nobody can read it: the rule begins again for that device, the others are kept.
    """
    watched = fleet.rules_of(stored.device).get(stored.rule)
    if watched is None or watched.rule.version != stored.version or stored.state is None:
        return None
    try:
        state = from_document(stored.state)
    except Exception:
        log.exception("the state %s cannot be read: its rule begins again there", stored.id)
        return None
    pair = Pair(watched, fleet.devices[stored.device], state)
    pair.kept = pair.state
    return pair


def adopt(pair: Pair, alarm: Active | None) -> None:
    """Give a pair that has raised an alarm that one; without it, it was cleared by hand."""
    if alarm is None:
        pair.state = pair.state.cleared_by_hand()
    else:
        pair.alarm, pair.is_held = alarm


def part_from_gone(db: Documents, engine: Engine, pairs: Iterable[Pair], now_us: int) -> None:
    """End the pairs of these whose rule or device is gone or changed; give the others the news.

    Who removes a rule or a device ends its alarms too; what is active still is ended here.
    """
    gone = []
    for pair in pairs:
        watched = engine.fleet.rules_of(pair.device.id).get(pair.watched.id)
        if watched is None or watched.rule.version != pair.watched.rule.version:
            gone.append(pair)
        else:
            pair.watched, pair.device = watched, engine.fleet.devices[pair.device.id]
    with_alarm = [one for one in gone if one.alarm is not None]
    active = catalog.still_active(db, [one.alarm for one in with_alarm if one.alarm])
    existing = catalog.existing_devices(db, [one.device.id for one in with_alarm])
    for pair in gone:
        if pair.alarm not in active:
            pair.alarm = None
        reason = why_gone(engine.fleet, pair.watched.id, pair.device.id, existing)
        engine.part(pair, now_us, reason)


def why_gone(fleet: Fleet, rule: str, device: str, existing: Container[str]) -> str:
    """Return why a rule says nothing about a device any more; pure.

    The fleet has no device without rules: *existing* are those that there are.
    """
    if device not in existing:
        return DEVICE_GONE
    if rule not in fleet.rules:
        return RULE_GONE
    if rule in fleet.rules_of(device):
        return RULE_CHANGED
    if fleet.is_left_out(rule, device):
        return TOO_MANY
    return OUT_OF_SCOPE
