"""What who sends messages about alarms reads of alarms, rules and devices, many at a time."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from bson import ObjectId

from qlines.clients.mongodb import Documents, raising_unavailable
from qlines.store.alarm_document import WITHOUT_HISTORY, AlarmDocument, alarm_collection

Rules = Mapping[ObjectId, Mapping[str, Any]]
Pair = tuple[ObjectId, ObjectId]  # a rule and a device


@raising_unavailable()
def alarms_by_id(
    db: Documents, ids: Sequence[ObjectId], *, with_events: bool = True
) -> dict[ObjectId, AlarmDocument]:
    """Return those of these alarms that there are, without what people have written there."""
    without = {"comments": 0} if with_events else WITHOUT_HISTORY
    found = alarm_collection(db).find({"_id": {"$in": list(ids)}}, without)
    return {alarm["_id"]: alarm for alarm in found}


@raising_unavailable()
def rules_by_id(db: Documents, ids: Iterable[ObjectId]) -> Rules:
    """Return those of these rules that there are."""
    return {rule["_id"]: rule for rule in db.alarm_rules.find({"_id": {"$in": list(set(ids))}})}


@raising_unavailable()
def first_tags(db: Documents, devices: Iterable[ObjectId]) -> dict[ObjectId, str]:
    """Return the first tag of each device, by the alphabet, that has one."""
    found = db.devices.find({"_id": {"$in": list(set(devices))}}, {"tags": 1})
    return {device["_id"]: min(device["tags"]) for device in found if device["tags"]}


@raising_unavailable()
def muted_pairs(db: Documents, rules: Iterable[ObjectId], now: datetime) -> dict[Pair, datetime]:
    """Return until when rules are muted for devices, by whichever of their alarms."""
    query = {"rule": {"$in": list(set(rules))}, "muted_until": {"$gt": now}}
    until: dict[Pair, datetime] = {}
    for alarm in alarm_collection(db).find(query, {"rule": 1, "device": 1, "muted_until": 1}):
        pair = (alarm["rule"], alarm["device"])
        until[pair] = max(until.get(pair, now), alarm["muted_until"])
    return until


def with_mutes(
    db: Documents, alarms: Sequence[AlarmDocument], now: datetime
) -> list[AlarmDocument]:
    """Return alarms with until when their rule and device are muted, also by another alarm."""
    muted = muted_pairs(db, {alarm["rule"] for alarm in alarms}, now)
    until = [muted.get((alarm["rule"], alarm["device"])) for alarm in alarms]
    return [
        {**alarm, "muted_until": moment} if moment else alarm
        for alarm, moment in zip(alarms, until, strict=True)
    ]


@raising_unavailable()
def last_end(db: Documents, alarm: AlarmDocument) -> datetime | None:
    """Return when the last other alarm of the same rule and device ended, but historic ones."""
    query = {
        "owner": alarm["owner"], "rule": alarm["rule"], "device": alarm["device"],
        "historic": False, "ended_at": {"$lte": alarm["raised_at"]},
    }  # fmt: skip
    found = alarm_collection(db).find(query).sort([("ended_at", -1)]).limit(2)
    ends = [other["ended_at"] for other in found if other["_id"] != alarm["_id"]]
    return ends[0] if ends else None
