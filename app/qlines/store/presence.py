"""Which devices are connected, and since when: one record each in MongoDB's ``presence``."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from bson import ObjectId
from pymongo import UpdateOne
from pymongo.database import Database

from qlines.clients.mongodb import raising_unavailable
from qlines.clock import utc_datetime
from qlines.store import bulk

RESTARTED = "the broker started anew"


class Presence(NamedTuple):
    """Whether a device is connected; *reason* tells why it is not, *address* from where it is."""

    connected: bool
    changed_at: datetime
    reason: str
    address: str


class Change(NamedTuple):
    """A device connected or disconnected at *changed_us*, microseconds since 1970."""

    device: str
    connected: bool
    changed_us: int
    reason: str
    address: str


def write(db: Database[dict[str, Any]], changes: Iterable[Change]) -> None:
    """Store the latest change of each device; an older one never overwrites a younger."""
    updates = [
        UpdateOne(
            {
                "_id": ObjectId(change.device),
                "changed_at": {"$lte": utc_datetime(change.changed_us)},
            },
            {
                "$set": {
                    "connected": change.connected,
                    "changed_at": utc_datetime(change.changed_us),
                    "reason": change.reason,
                    "address": change.address,
                }
            },
            upsert=True,
        )
        for change in changes
    ]
    # The upsert of an older change finds a younger record in its way: nothing to do.
    bulk.update(db.presence, updates, harmless=frozenset({bulk.DUPLICATE_KEY}))


def disconnect_all(db: Database[dict[str, Any]], before_us: int) -> None:
    """Make every device offline whose last change came before the broker started."""
    before = utc_datetime(before_us)
    with raising_unavailable():
        db.presence.update_many(
            {"connected": True, "changed_at": {"$lt": before}},
            {"$set": {"connected": False, "changed_at": before, "reason": RESTARTED}},
        )


def of_devices(db: Database[dict[str, Any]], device_ids: Iterable[str]) -> dict[str, Presence]:
    """Return the presence of each device that ever connected."""
    wanted = [ObjectId(device) for device in device_ids]
    with raising_unavailable():
        return {
            str(found["_id"]): Presence(
                found["connected"],
                found["changed_at"],
                found.get("reason", ""),
                found.get("address", ""),
            )
            for found in db.presence.find({"_id": {"$in": wanted}})
        }


def connected_ids(db: Database[dict[str, Any]], device_ids: Iterable[str]) -> set[str]:
    """Return which of the devices are connected now."""
    wanted = [ObjectId(device) for device in device_ids]
    with raising_unavailable():
        found = db.presence.find({"_id": {"$in": wanted}, "connected": True}, {"_id": 1})
        return {str(record["_id"]) for record in found}


def forget(db: Database[dict[str, Any]], device: str) -> None:
    """Delete what is known of a device that was removed."""
    with raising_unavailable():
        db.presence.delete_one({"_id": ObjectId(device)})
