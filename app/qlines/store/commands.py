"""Commands to devices, as people make, read and cancel them: the collection ``commands``.

What the sender does with them is in command_delivery.py, the document in command_document.py.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from bson import ObjectId
from pymongo import ReturnDocument
from pymongo.client_session import ClientSession
from pymongo.errors import DuplicateKeyError
from pymongo.write_concern import WriteConcern

from qlines.clients.mongodb import Document, Documents, raising_unavailable
from qlines.errors import ConflictError, NotFoundError
from qlines.store.command_document import (
    CommandDocument,
    NewCommand,
    State,
    command_collection,
    command_document,
    id_of,
    number_of,
)
from qlines.store.ids import object_id

MAX_OPEN = 1_000  # of one device
# The number is not waited for: the command that gets it is written after it and waited for, so
# where that is safe, this is.
BEFORE_A_WRITE = WriteConcern(w=1, j=False)
PASSED_OVER = 1_000_000  # more commands than a device is sent between two backups


@raising_unavailable()
def add(
    db: Documents, device: str, new: NewCommand, now: datetime, *, in_order: bool
) -> CommandDocument:
    """Add a command and return it, or the stored one that has the same key.

    *in_order*: it is not sent while an earlier command of the device is open. Raise FieldError for
    a bad field, ConflictError when 1,000 commands of the device are open.
    """
    device_id = object_id(device)
    # Its fields are checked before it takes a number.
    command = command_document(device_id, 0, new, now, in_order=in_order)
    if stored := with_key(db, device_id, new.key):
        return stored
    _check_room(db, device_id)
    while True:
        command["number"] = _next_number(db, device_id)
        command["_id"] = id_of(str(device_id), command["number"])
        try:
            command_collection(db).insert_one(command)
        except DuplicateKeyError:
            # Somebody else was quicker with this key, or the number is that of a stored command,
            # which happens once 2^31 were made, or after a restore: the next one may be free.
            if stored := with_key(db, device_id, new.key):
                return stored
        else:
            return command


@raising_unavailable()
def with_key(db: Documents, device: ObjectId, key: str | None) -> CommandDocument | None:
    """Return the command of the device with the caller's own *key*; None without a key."""
    if key is None:
        return None
    return command_collection(db).find_one({"device": device, "key": key})


def _check_room(db: Documents, device: ObjectId) -> None:
    """Raise ConflictError when too many are open; several callers at once may exceed it a bit."""
    found = db.commands.count_documents({"device": device, "open": True}, limit=MAX_OPEN)
    if found >= MAX_OPEN:
        raise ConflictError(
            f"{MAX_OPEN:,} commands of this device are open, and no more may be: wait until the "
            "device has answered some, or cancel some"
        )


def _next_number(db: Documents, device: ObjectId) -> int:
    numbers = db.command_numbers.with_options(write_concern=BEFORE_A_WRITE)
    counted: Any = numbers.find_one_and_update(
        {"_id": device}, {"$inc": {"last": 1}}, upsert=True, return_document=ReturnDocument.AFTER
    )
    return number_of(counted["last"])


@raising_unavailable()
def get(db: Documents, device: str, number: int) -> CommandDocument | None:
    """Return the command of the device with this number, or None."""
    return command_collection(db).find_one({"_id": id_of(device, number)})


@raising_unavailable()
def page(
    db: Documents,
    device: str,
    *,
    state: State | Literal["open"] | None,
    page: int,
    per_page: int,
) -> tuple[list[CommandDocument], int]:
    """Return one page of the device's commands, newest first, and how many there are.

    *state* is one of the states, "open" for those that have not ended, or None for all.
    """
    query: Document = {"device": object_id(device)}
    if state == "open":
        query["open"] = True
    elif state:
        query["state"] = state
    found = command_collection(db).find(query).sort("number", -1)
    items = list(found.skip((page - 1) * per_page).limit(per_page))
    return items, command_collection(db).count_documents(query)


@raising_unavailable()
def first_open(db: Documents, device: str) -> int | None:
    """Return the number of the device's first command that has not ended; None without one."""
    query = {"device": object_id(device), "open": True}
    found: Any = db.commands.find_one(query, {"number": 1}, sort=[("number", 1)])
    return found["number"] if found else None


@raising_unavailable()
def cancel(db: Documents, device: str, number: int, by: str, now: datetime) -> CommandDocument:
    """Let an open command fail, and return it; the device may have got it before.

    Raise NotFoundError when there is no such command, ConflictError when it has ended.
    """
    cancelled = command_collection(db).find_one_and_update(
        {"_id": id_of(device, number), "open": True},
        {
            "$set": {"state": "failed", "error": f"cancelled by {by}", "ended_at": now},
            "$unset": {"open": ""},
        },
        return_document=ReturnDocument.AFTER,
    )
    if cancelled is not None:
        return cancelled
    ended = get(db, device, number)
    if ended is None:
        raise NotFoundError(f"the device has no command {number}")
    raise ConflictError(
        f"the command {number} has ended, it is {ended['state']}: only an open one can be cancelled"
    )


@raising_unavailable()
def remove(db: Documents, device: str, number: int) -> None:
    """Delete one command that has ended; an open one stays, because others may wait for its end."""
    db.commands.delete_one({"_id": id_of(device, number), "open": {"$exists": False}})


@raising_unavailable()
def pass_over_numbers(db: Documents) -> None:
    """After a restore: give new commands numbers that no device can have seen since the backup.

    A device that tells repetitions by their number would take another command for one.
    """
    db.command_numbers.update_many({}, {"$inc": {"last": PASSED_OVER}})


@raising_unavailable()
def remove_of_devices(db: Documents, device_ids: Sequence[ObjectId]) -> None:
    """Delete every command of these devices, which are removed."""
    db.commands.delete_many({"device": {"$in": list(device_ids)}})
    db.command_numbers.delete_many({"_id": {"$in": list(device_ids)}})


def clear_in_session(db: Documents, session: ClientSession, device: ObjectId) -> None:
    """Delete every command of a device whose owner changes; its numbers continue."""
    db.commands.delete_many({"device": device}, session=session)
