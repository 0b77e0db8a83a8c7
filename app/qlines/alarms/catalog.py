"""Read from MongoDB what rules there are, and what is known of the devices that they concern.

Every function raises StoreUnavailableError when MongoDB does not answer.
"""

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from bson import ObjectId

from qlines.alarms.fleet import Device, WatchedRule
from qlines.clients.mongodb import Document, Documents, raising_unavailable
from qlines.clock import epoch_us
from qlines.evaluation.rule import Rule, compile_rule
from qlines.evaluation.sample import Presence
from qlines.store import presence as stored_presence

DEVICE_FIELDS = {"owner": 1, "name": 1, "tags": 1, "product": 1}


@raising_unavailable()
def read_rules(
    db: Documents, known: Mapping[str, WatchedRule]
) -> tuple[list[WatchedRule], dict[str, str]]:
    """Return the enabled rules, and by id what is wrong with those that cannot be evaluated.

    A rule of a version that is *known* is not compiled again.
    """
    rules, problems = [], {}
    for document in db.alarm_rules.find({"enabled": True}):
        rule_id = str(document["_id"])
        try:
            rules.append(_watched(rule_id, document, known.get(rule_id)))
        except Exception as error:  # noqa: BLE001 - others' rules are evaluated anyway
            problems[rule_id] = f"the rule cannot be read: {error!r}; save it again"
    return rules, problems


@raising_unavailable()
def read_devices(
    db: Documents, *, owners: Collection[str] = (), ids: Collection[str] = ()
) -> list[Device]:
    """Return the devices of these owners, and those with these ids."""
    queries: list[Document] = []
    if owners:
        queries.append({"owner": {"$in": [ObjectId(owner) for owner in owners]}})
    if ids:
        queries.append({"_id": {"$in": [ObjectId(one) for one in ids]}})
    if not queries:
        return []
    return [_device(document) for document in db.devices.find({"$or": queries}, DEVICE_FIELDS)]


@raising_unavailable()
def existing_devices(db: Documents, devices: Collection[str]) -> frozenset[str]:
    """Return which of these devices there are, of any owner."""
    if not devices:
        return frozenset()
    wanted = {"_id": {"$in": [ObjectId(one) for one in devices]}}
    return frozenset(str(one["_id"]) for one in db.devices.find(wanted, {"_id": 1}))


@raising_unavailable()
def read_gateways(db: Documents, devices: Collection[str]) -> dict[str, str]:
    """Return the gateway of each of these devices that has one."""
    if not devices:
        return {}
    wanted = {"_id": {"$in": [ObjectId(device) for device in devices]}}
    return {str(one["_id"]): str(one["gateway"]) for one in db.gateway_devices.find(wanted)}


def read_presence(db: Documents, devices: Collection[str]) -> dict[str, Presence]:
    """Return whether these devices are connected; one that never was is absent."""
    if not devices:
        return {}
    found = stored_presence.of_devices(db, devices)
    return {device: Presence(one.connected, one.changed_us) for device, one in found.items()}


@raising_unavailable()
def read_active_alarms(db: Documents) -> list[Document]:
    """Return the active alarms: id, rule, device and whether it is held back."""
    return list(db.alarms.find({"active": True}, {"rule": 1, "device": 1, "held_back": 1}))


@raising_unavailable()
def still_active(db: Documents, alarms: Iterable[ObjectId]) -> frozenset[ObjectId]:
    """Return which of these alarms are active."""
    wanted = list(alarms)
    if not wanted:
        return frozenset()
    found = db.alarms.find({"_id": {"$in": wanted}, "active": True}, {"_id": 1})
    return frozenset(one["_id"] for one in found)


def _watched(rule_id: str, document: Document, known: WatchedRule | None) -> WatchedRule:
    version, scope = int(document["version"]), document["scope"]
    return WatchedRule(
        _compiled(rule_id, version, document, known),
        str(document["owner"]),
        document["name"],
        scope["type"],
        str(scope.get("value", "")),
        epoch_us(document["begun_at"]),
        document["channels"] != [] or document["escalation"] is not None,
    )


def _compiled(
    rule_id: str, version: int, fields: Mapping[str, Any], known: WatchedRule | None
) -> Rule:
    if known is not None and known.rule.version == version:
        return known.rule
    return compile_rule(rule_id, version, fields)


def _device(document: Document) -> Device:
    return Device(
        str(document["_id"]),
        str(document["owner"]),
        document["name"],
        tuple(document.get("tags", ())),
        str(document.get("product") or ""),
    )
