"""Devices in quarantine: the collection ``waiting_devices``.

A device that waits for approval has been given its token, but is not a device yet: the registry
does not have it, so its connections and requests are refused and nothing of it is stored. Approved,
it becomes a device with the same id and token; refused, nothing is left of it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import TypedDict, cast

from bson import ObjectId
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from qlines.clients.mongodb import Document, Documents, raising_unavailable
from qlines.errors import ConflictError, NotFoundError
from qlines.store.device_document import (
    DeviceDocument,
    NewDevice,
    device_collection,
    device_document,
)
from qlines.store.ids import object_id
from qlines.store.transaction import in_transaction

Id = str | ObjectId


class WaitingDevice(TypedDict):
    """A device that waits; *address* is the one from which it was provisioned."""

    _id: ObjectId
    owner: ObjectId
    product: ObjectId
    name: str
    token: str
    gateway: bool
    address: str
    provisioned_at: datetime


@raising_unavailable()
def of_owner(db: Documents, owner: Id, *, limit: int) -> list[WaitingDevice]:
    """Return the owner's waiting devices, those first that wait longest."""
    found = waiting_collection(db).find({"owner": object_id(owner)})
    return list(found.sort([("provisioned_at", 1), ("_id", 1)]).limit(limit))


@raising_unavailable()
def count(db: Documents, owner: Id) -> int:
    """Return how many devices of the owner wait."""
    return waiting_collection(db).count_documents({"owner": object_id(owner)})


@raising_unavailable()
def with_tokens(db: Documents, tokens: Sequence[str]) -> set[str]:
    """Return those of the tokens with which a device of anybody waits."""
    found = waiting_collection(db).find({"token": {"$in": list(tokens)}}, {"token": 1})
    return {waiting["token"] for waiting in found}


@raising_unavailable()
def approve(db: Documents, owner: Id, ids: Sequence[Id]) -> list[DeviceDocument]:
    """Make devices of those that wait, all of them or none, and return them.

    Raise NotFoundError when one does not wait, or is not *owner*'s; ConflictError when another
    device has taken its name or its token in the meantime.
    """

    def change(session: ClientSession) -> list[DeviceDocument]:
        approved = [device_of(waiting) for waiting in _all_with_ids(db, owner, ids, session)]
        for device in approved:
            _insert(db, device, session)
        _delete(db, owner, ids, session)
        return approved

    return in_transaction(db, change)


@raising_unavailable()
def refuse(db: Documents, owner: Id, ids: Sequence[Id]) -> list[WaitingDevice]:
    """Delete devices that wait, all of them or none, and return them; NotFoundError as approve().

    They may ask again: roll the product's key to keep them out.
    """

    def change(session: ClientSession) -> list[WaitingDevice]:
        refused = _all_with_ids(db, owner, ids, session)
        _delete(db, owner, ids, session)
        return refused

    return in_transaction(db, change)


def device_of(waiting: WaitingDevice) -> DeviceDocument:
    """Return the device that a waiting one becomes; pure."""
    new = NewDevice(waiting["owner"], waiting["name"], waiting["token"], waiting["gateway"])
    return {
        **device_document(new),
        "_id": waiting["_id"],
        "created_at": waiting["_id"].generation_time,
        "product": waiting["product"],
        "provisioned_at": waiting["provisioned_at"],
    }


def _all_with_ids(
    db: Documents, owner: Id, ids: Sequence[Id], session: ClientSession
) -> list[WaitingDevice]:
    query = _query(owner, ids)
    found = {
        waiting["_id"]: waiting for waiting in waiting_collection(db).find(query, session=session)
    }
    for device_id in ids:
        if object_id(device_id) not in found:
            raise NotFoundError(
                f"no device {device_id} waits for approval: load the page again, somebody may have "
                "approved or refused it"
            )
    return list(found.values())


def _insert(db: Documents, device: DeviceDocument, session: ClientSession) -> None:
    try:
        device_collection(db).insert_one(device, session=session)
    except DuplicateKeyError as error:
        field = "token" if "token" in (error.details or {}).get("keyPattern", {}) else "name"
        raise ConflictError(
            f"another device has the {field} of {device['name']!r} by now, so none was approved: "
            "rename or remove that device, or refuse this one"
        ) from None


def _delete(db: Documents, owner: Id, ids: Sequence[Id], session: ClientSession) -> None:
    waiting_collection(db).delete_many(_query(owner, ids), session=session)


def _query(owner: Id, ids: Sequence[Id]) -> Document:
    among = {"$in": [object_id(device_id) for device_id in ids]}
    return {"_id": among, "owner": object_id(owner)}


def waiting_collection(db: Documents) -> Collection[WaitingDevice]:
    """Return the collection with the type of its documents."""
    return cast("Collection[WaitingDevice]", db.waiting_devices)
