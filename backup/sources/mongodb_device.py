"""One device of a dump: what MongoDB held about it, and how it comes back after it was deleted."""

from pathlib import Path
from typing import Any

from pymongo.errors import DuplicateKeyError

from backup.errors import BackupError
from backup.sources.mongodb_dump import (
    Raw,
    database_folder,
    documents_file,
    read_documents,
)
from qlines.clients.mongodb import Document, Documents, raising_unavailable
from qlines.errors import NotFoundError
from qlines.store import owner_attributes, presence, users
from qlines.store.commands import PASSED_OVER
from qlines.store.ids import object_id

# What devices.remove() deletes: the collections, and the field of each that names the device.
PRESENCES = frozenset(presence.COLLECTIONS.values())
COLLECTIONS = {
    "devices": "_id",
    **dict.fromkeys(PRESENCES, "_id"),
    "attributes": "_id",
    **dict.fromkeys(owner_attributes.COLLECTIONS.values(), "_id"),
    "rejected": "device",
    # Its open commands that have not expired go out, also those that it had got after the backup:
    # with their old numbers, by which a device can tell.
    "commands": "device",
    "command_numbers": "_id",
    "controls": "device",
    "claims": "_id",
}
RESTORED = "restored from a backup"


def documents_of_device(folder: Path, device_id: str) -> dict[str, list[Raw]]:
    """Return the documents of a device by collection, as a dump holds them.

    Raise BackupError when the dump does not hold the device.
    """
    try:
        wanted = object_id(device_id)
    except NotFoundError as error:
        raise BackupError(str(error)) from None
    database = database_folder(folder)
    found = {
        name: [one for one in read_documents(database, name) if one.get(field) == wanted]
        for name, field in COLLECTIONS.items()
        if name == "devices" or documents_file(database, name).exists()
    }
    if not found["devices"]:
        raise BackupError(
            f"a device is restored from a backup that holds it, and this one has no device"
            f" {device_id}: choose another one (`qlines backup list`)"
        )
    return found


@raising_unavailable()
def restore_device(db: Documents, folder: Path, device_id: str) -> str:
    """Put a deleted device back and return a sentence; one that exists is left as it is.

    The device comes last, so that a restore that was killed is completed by running it again.
    Raise BackupError, with nothing changed, when the owner no longer exists, or when another device
    has taken the name or the token.
    """
    found = documents_of_device(folder, device_id)
    device: Document = dict(found.pop("devices")[0])
    there = db.devices.find_one({"_id": device["_id"]}, {"name": 1})
    if there is not None:
        return f"the device {there['name']!r} exists and was left as it is"
    _require_owner(db, device)
    _require_free(db, device)
    for name, documents in found.items():
        for document in documents:
            _put(db, name, _as_restored(name, document))
    try:
        _put(db, "devices", device)
    except DuplicateKeyError:
        _require_free(db, device)
        raise
    return (
        f"the device {device['name']!r} is back, with its token, attributes, rejections, commands"
        " and controls"
    )


def _put(db: Documents, name: str, document: Any) -> None:
    # Past the validator: an older version may have written the document differently.
    db[name].replace_one(
        {"_id": document["_id"]}, document, upsert=True, bypass_document_validation=True
    )


def _as_restored(name: str, document: Raw) -> Raw | Document:
    if name in PRESENCES:
        return _disconnected(document)
    if name == "command_numbers":  # what the device has seen since the backup is not given again
        return {**document, "last": document["last"] + PASSED_OVER}
    return document


def _disconnected(document: Raw) -> Document:
    """Return the presence of a device whose connection ended when it was deleted."""
    connected = bool(document["connected"])
    return {**document, "connected": False} | ({"reason": RESTORED} if connected else {})


def _require_owner(db: Documents, device: Document) -> None:
    try:
        users.find(db, device["owner"])
    except NotFoundError:
        raise BackupError(
            f"a device is restored for the owner it had, and the user {device['owner']} of"
            f" {device['name']!r} no longer exists: add it for another user (`qlines device add`),"
            " or restore all of MongoDB"
        ) from None


def _require_free(db: Documents, device: Document) -> None:
    """Raise BackupError when another device has the name or one of the tokens."""
    namesake = db.devices.find_one({"owner": device["owner"], "name": device["name"]}, {"_id": 1})
    if namesake is not None:
        raise BackupError(
            f"an owner's devices must have different names, and {device['name']!r} is now the"
            f" device {namesake['_id']}: rename or remove that one, then restore again"
        )
    tokens = [device["token"], *(old["token"] for old in device.get("old_tokens", []))]
    taken = {"$in": tokens}
    holder = db.devices.find_one({"$or": [{"token": taken}, {"old_tokens.token": taken}]})
    if holder is not None:
        raise BackupError(
            f"a token belongs to one device, and a token of {device['name']!r} is now one of the"
            f" device {holder['name']!r} ({holder['_id']}): give that one a new token or remove it,"
            " then restore again"
        )
