"""Which devices are connected, and since when: the collection ``presence``."""

from collections.abc import Iterable
from typing import NamedTuple

from bson import ObjectId
from pymongo import UpdateOne

from qlines.clients.mongodb import Documents, raising_unavailable
from qlines.clock import epoch_us, utc_datetime
from qlines.store import bulk

RESTARTED = "the broker restarted"


class Presence(NamedTuple):
    """Whether a device is connected, since *changed_us* in microseconds since 1970.

    *reason* says why it is not connected, *address* where it connected from.
    """

    connected: bool
    changed_us: int
    reason: str
    address: str


class Change(NamedTuple):
    """A device connected or disconnected at *changed_us*, microseconds since 1970."""

    device: str
    connected: bool
    changed_us: int
    reason: str
    address: str


def write(db: Documents, changes: Iterable[Change]) -> None:
    """Store the latest change of each device; an older one never overwrites a newer one."""
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
    # An older change does not match the newer document, so its upsert collides with it.
    bulk.update(db.presence, updates, harmless=frozenset({bulk.DUPLICATE_KEY}))


@raising_unavailable()
def disconnect_all(db: Documents, before_us: int) -> None:
    """Set every device offline whose last change came before the broker started."""
    before = utc_datetime(before_us)
    db.presence.update_many(
        {"connected": True, "changed_at": {"$lt": before}},
        {"$set": {"connected": False, "changed_at": before, "reason": RESTARTED}},
    )


@raising_unavailable()
def of_devices(db: Documents, device_ids: Iterable[str]) -> dict[str, Presence]:
    """Return the presence by device id; a device that never connected is absent."""
    ids = [ObjectId(device) for device in device_ids]
    return {
        str(document["_id"]): Presence(
            document["connected"],
            epoch_us(document["changed_at"]),
            document.get("reason", ""),
            document.get("address", ""),
        )
        for document in db.presence.find({"_id": {"$in": ids}})
    }
