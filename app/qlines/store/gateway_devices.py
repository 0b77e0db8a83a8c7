"""Which gateway spoke last for a device, so that what is for the device can be sent to it.

The collection ``gateway_devices`` has a document per device, until the gateway says that the device
has disconnected. As in ThingsBoard each message of a gateway that names a device connects it.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from bson import ObjectId
from pymongo import DeleteOne, UpdateOne

from qlines.clients.mongodb import Document, Documents, raising_unavailable
from qlines.store import bulk
from qlines.store.ids import object_id

COLLECTION = "gateway_devices"
NO_GATEWAY = ""


class Behind(NamedTuple):
    """A device is reached through *gateway*, a device id, under its *name*.

    *is_claimed*: the gateway is of the owner from whom the device was claimed.
    """

    gateway: str
    name: str
    is_claimed: bool = False


def note(db: Documents, gateways: Mapping[str, str]) -> None:
    """Store the gateway by device id, NO_GATEWAY where the device has disconnected; idempotent."""
    bulk.update(
        db[COLLECTION],
        [
            UpdateOne(
                {"_id": ObjectId(device)}, {"$set": {"gateway": ObjectId(gateway)}}, upsert=True
            )
            if gateway
            else DeleteOne({"_id": ObjectId(device)})
            for device, gateway in gateways.items()
        ],
    )


@raising_unavailable()
def behind(db: Documents, devices: Iterable[str]) -> dict[str, Behind]:
    """Return how each of these devices is reached that is behind a gateway.

    That is one of its owner, or of the one from whom it was claimed through a gateway. Raise
    NotFoundError for what is not an id.
    """
    found = {
        one["_id"]: one["gateway"]
        for one in db[COLLECTION].find({"_id": {"$in": [object_id(one) for one in devices]}})
    }
    if not found:
        return {}
    wanted = {"_id": {"$in": [*found, *found.values()]}}
    known = {
        one["_id"]: one
        for one in db.devices.find(wanted, {"owner": 1, "name": 1, "gateway": 1, "claimed_from": 1})
    }
    reached = {}
    for device, gateway in found.items():
        speaker, spoken_for = known.get(gateway), known.get(device)
        # Either may have been removed, given away or switched over since.
        if not speaker or not spoken_for or not speaker["gateway"]:
            continue
        name = _name_for(speaker["owner"], spoken_for)
        if name:
            is_claimed = spoken_for["owner"] != speaker["owner"]
            reached[str(device)] = Behind(str(gateway), name, is_claimed)
    return reached


def _name_for(owner: ObjectId, device: Document) -> str | None:
    """Return what a gateway of *owner* calls the device, None when it may not speak for it."""
    if device["owner"] == owner:
        return str(device["name"])
    former = device.get("claimed_from")
    if former and former["by_gateway"] and former["owner"] == owner:
        return str(former["name"])
    return None


@raising_unavailable()
def named(db: Documents, owner: ObjectId, name: str) -> Document | None:
    """Return the device that a gateway of *owner* calls *name*, or None."""
    return db.devices.find_one({"owner": owner, "name": name}) or db.devices.find_one(
        {
            "claimed_from.owner": owner,
            "claimed_from.name": name,
            "claimed_from.by_gateway": True,
        }
    )


@raising_unavailable()
def remove(db: Documents, devices: Sequence[ObjectId]) -> None:
    """Forget these devices, as those that a gateway speaks for and as gateways."""
    ids = {"$in": list(devices)}
    db[COLLECTION].delete_many({"$or": [{"_id": ids}, {"gateway": ids}]})
