"""Add, tag or untag many devices at once: all of them, or none."""

from collections.abc import Sequence

from pymongo.client_session import ClientSession
from pymongo.errors import BulkWriteError

from qlines.clients.mongodb import Documents, raising_unavailable
from qlines.errors import ConflictError, FieldError
from qlines.store import devices
from qlines.store.bulk import DUPLICATE_KEY
from qlines.store.device_document import (
    DeviceDocument,
    NewDevice,
    device_collection,
    device_document,
)
from qlines.store.device_rules import MAX_TAGS, checked_tags
from qlines.store.devices import Id
from qlines.store.ids import object_id


@raising_unavailable()
def add_all(db: Documents, new_devices: list[NewDevice]) -> list[DeviceDocument]:
    """Add every device in one transaction and return them.

    Raise FieldError for a bad field, and ConflictError when a name or a token is taken.
    """
    if not new_devices:
        return []
    documents = [device_document(device) for device in new_devices]

    def insert(session: ClientSession) -> None:
        device_collection(db).insert_many(documents, session=session)

    try:
        with db.client.start_session() as session:
            session.with_transaction(insert)
    except BulkWriteError as error:
        first = error.details["writeErrors"][0]
        if first["code"] != DUPLICATE_KEY:
            raise
        name = first["op"]["name"]
        raise ConflictError(
            f"the name or the token of {name!r} has just been taken by another device: "
            "nothing was added, try again"
        ) from None
    return documents


@raising_unavailable()
def add_tags(
    db: Documents, owner: Id, device_ids: Sequence[Id], tags: Sequence[str]
) -> list[DeviceDocument]:
    """Give these devices the tags that they lack, and return them as they were before.

    Raise NotFoundError when one of them is not *owner*'s, and FieldError for a bad tag, or when a
    device would have too many.
    """
    checked = checked_tags(tags)
    before = devices.all_with_ids(db, owner, device_ids)
    for device in before:
        if len({*device["tags"], *checked}) > MAX_TAGS:
            reason = f"must be at most {MAX_TAGS} for each device: {device['name']!r} has too many"
            raise FieldError("tags", reason)
    device_collection(db).update_many(
        {"_id": {"$in": [device["_id"] for device in before]}, "owner": object_id(owner)},
        {"$addToSet": {"tags": {"$each": checked}}},
    )
    return before


@raising_unavailable()
def remove_tags(
    db: Documents, owner: Id, device_ids: Sequence[Id], tags: Sequence[str]
) -> list[DeviceDocument]:
    """Take these tags from the devices that have them; return all devices as they were before.

    Raise NotFoundError when one of them is not *owner*'s.
    """
    before = devices.all_with_ids(db, owner, device_ids)
    device_collection(db).update_many(
        {"_id": {"$in": [device["_id"] for device in before]}, "owner": object_id(owner)},
        {"$pullAll": {"tags": list(tags)}},
    )
    return before
