"""The registry of devices: the collection ``devices``.

Queries for one user's devices take the owner as well as the id, so no user can reach another
user's device.
"""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import NamedTuple

from bson import ObjectId
from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from qlines.clients.mongodb import Document, Documents, raising_unavailable
from qlines.errors import ConflictError, NotFoundError
from qlines.store import (
    alarm_ends,
    claims,
    commands,
    controls,
    gateway_devices,
    owner_attributes,
    presence,
)
from qlines.store.device_document import (
    BY_NAME,
    DeviceDocument,
    NewDevice,
    OldToken,
    device_collection,
    device_document,
)
from qlines.store.device_rules import checked_displays, checked_name, checked_tags, make_token
from qlines.store.device_search import NamedDevice, search_query
from qlines.store.hidden_owner import VISIBLE_DEVICES
from qlines.store.ids import object_id
from qlines.store.kept import KEPT, Kept

Id = str | ObjectId


class PageRequest(NamedTuple):
    """Which page of an owner's devices by name; see _query() for *search* and *tag*."""

    page: int
    per_page: int
    descending: bool = False
    search: str = ""
    tag: str = ""


@raising_unavailable()
def add(
    db: Documents,
    owner: Id,
    name: str,
    *,
    tags: Sequence[str] = (),
    gateway: bool = False,
    token: str | None = None,
) -> DeviceDocument:
    """Add a device with the given token, or with a random one.

    Raise FieldError for a bad field, and ConflictError when the name (of this owner's devices) or
    the token (of all devices, old tokens included) is taken.
    """
    device = device_document(NewDevice(object_id(owner), name, token, gateway, tags))
    collection = device_collection(db)
    if token is not None and collection.count_documents({"old_tokens.token": token}, limit=1):
        raise ConflictError("another device had this token before: choose another")
    try:
        collection.insert_one(device)
    except DuplicateKeyError as error:
        raise _conflict(error, name) from None
    return device


def _conflict(error: DuplicateKeyError, name: str | None) -> ConflictError:
    if "token" in (error.details or {}).get("keyPattern", {}):
        return ConflictError("the token belongs to another device: choose another")
    return ConflictError(f"the owner already has a device named {name!r}: choose another name")


@raising_unavailable()
def find(db: Documents, device_id: Id, *, owner: Id | None = None) -> DeviceDocument:
    """Return the device; raise NotFoundError when it does not exist or is not *owner*'s."""
    of_owner = VISIBLE_DEVICES if owner is None else {"owner": object_id(owner)}
    query: Document = {"_id": object_id(device_id), **of_owner}
    device = device_collection(db).find_one(query)
    if device is None:
        raise NotFoundError(f"there is no device {device_id}")
    return device


@raising_unavailable()
def owned(db: Documents, owner: Id, device_ids: Sequence[Id]) -> set[str]:
    """Return those of the ids that are devices of the owner, in one query."""
    ids = [object_id(device_id) for device_id in device_ids]
    query = {"_id": {"$in": ids}, "owner": object_id(owner)}
    return {str(device["_id"]) for device in device_collection(db).find(query, {"_id": 1})}


@raising_unavailable()
def owners_of(db: Documents, device_ids: Sequence[Id]) -> dict[str, ObjectId]:
    """Return the owner of each of these devices that exists."""
    ids = [object_id(device_id) for device_id in device_ids]
    found = device_collection(db).find({"_id": {"$in": ids}}, {"owner": 1})
    return {str(device["_id"]): device["owner"] for device in found}


def _query(owner: Id, search: str = "", tag: str = "") -> Document:
    """Return the query of devices that the search finds (device_search.py), with this tag."""
    query: Document = {"owner": object_id(owner)}
    if tag:
        query["tags"] = tag
    if search:
        query["$or"] = search_query(search)
    return query


@raising_unavailable()
def list_page(db: Documents, owner: Id, request: PageRequest) -> list[DeviceDocument]:
    """Return one page of the owner's devices, sorted by name."""
    return list(
        device_collection(db)
        .find(_query(owner, request.search, request.tag))
        .sort([("name", -1 if request.descending else 1)])
        .collation(BY_NAME)
        .skip((request.page - 1) * request.per_page)
        .limit(request.per_page)
    )


@raising_unavailable()
def count(db: Documents, owner: Id, search: str = "", tag: str = "") -> int:
    """Return how many devices of the owner match; takes 6 ms for 10,000 of them."""
    return device_collection(db).count_documents(_query(owner, search, tag))


@raising_unavailable()
def names(db: Documents, owner: Id) -> list[NamedDevice]:
    """Return every device of the owner, sorted by name."""
    fields = {"name": 1, "tags": 1}
    devices = device_collection(db).find(_query(owner), fields)
    return [
        NamedDevice(str(device["_id"]), device["name"], tuple(device["tags"]))
        for device in devices.sort("name").collation(BY_NAME)
    ]


@raising_unavailable()
def with_ids(db: Documents, owner: Id, device_ids: Sequence[Id]) -> list[DeviceDocument]:
    """Return the owner's devices with these ids, in the order of the ids."""
    ids = [object_id(device_id) for device_id in device_ids]
    devices = device_collection(db).find({"_id": {"$in": ids}, "owner": object_id(owner)})
    by_id = {device["_id"]: device for device in devices}
    return [by_id[device_id] for device_id in ids if device_id in by_id]


def all_with_ids(db: Documents, owner: Id, device_ids: Sequence[Id]) -> list[DeviceDocument]:
    """Return these devices; raise NotFoundError when one does not exist or is not *owner*'s."""
    found = with_ids(db, owner, device_ids)
    known = {str(device["_id"]) for device in found}
    for device_id in device_ids:
        if str(device_id) not in known:
            raise NotFoundError(f"there is no device {device_id}")
    return found


@raising_unavailable()
def beside(db: Documents, owner: Id, tokens: Sequence[str]) -> list[DeviceDocument]:
    """Return what new devices may conflict with: the owner's, and anybody's with these tokens."""
    among = {"$in": list(tokens)}
    query = [{"owner": object_id(owner)}, {"token": among}, {"old_tokens.token": among}]
    return list(device_collection(db).find({"$or": query}))


@raising_unavailable()
def named(db: Documents, owner: Id, name: str) -> DeviceDocument | None:
    """Return the owner's device with exactly this name, or None."""
    return device_collection(db).find_one({"owner": object_id(owner), "name": name})


@raising_unavailable()
def list_all(db: Documents) -> list[DeviceDocument]:
    """Return the devices of all users by owner and name, for the operator's command."""
    return list(device_collection(db).find(VISIBLE_DEVICES).sort([("owner", 1), ("name", 1)]))


@raising_unavailable()
def patch(
    db: Documents,
    device_id: Id,
    *,
    owner: Id,
    name: str | None = None,
    tags: Sequence[str] | None = None,
    gateway: bool | None = None,
    displays: Mapping[str, tuple[str, str]] | None = None,
    commands_in_order: bool | None = None,
    product: ObjectId | Kept | None = KEPT,
) -> DeviceDocument:
    """Change the given fields and return the device after the change.

    *displays* are all (label, unit) by key: one that is not given is gone. *commands_in_order*
    holds for the commands that are made from now on. *product* is one of the owner's, or None for
    none; with another one the device may no longer provision again.

    Raise NotFoundError, FieldError, or ConflictError when the owner has another device with this
    name.
    """
    change: Document = {}
    if name is not None:
        change["name"] = checked_name(name)
    if tags is not None:
        change["tags"] = checked_tags(tags)
    if gateway is not None:
        change["gateway"] = gateway
    if commands_in_order is not None:
        change["commands_in_order"] = commands_in_order
    if displays is not None:
        change["displays"] = checked_displays(displays)
    if product is not KEPT:
        change |= {"product": product, "provision_until": None}
    if not change:
        return find(db, device_id, owner=owner)
    try:
        return _update(db, device_id, owner, change)
    except DuplicateKeyError as error:
        raise _conflict(error, name) from None


@raising_unavailable()
def new_token(
    db: Documents, device_id: Id, *, owner: Id, keep_old_seconds: int, now: datetime
) -> DeviceDocument:
    """Give the device a new token; the old one expires at once, or after *keep_old_seconds*.

    Old tokens that an earlier call retained keep their own expiry. Raise NotFoundError when the
    device does not exist or is not *owner*'s.
    """
    while True:
        device = find(db, device_id, owner=owner)
        old_tokens = [old for old in device["old_tokens"] if old["expires_at"] > now]
        if keep_old_seconds:
            expires_at = now + timedelta(seconds=keep_old_seconds)
            old_tokens.append(OldToken(token=device["token"], expires_at=expires_at))
        change: Document = {"token": make_token(), "old_tokens": old_tokens}
        with suppress(NotFoundError):  # it is removed, or somebody else has just replaced the token
            return _update(db, device_id, owner, change, token=device["token"])


@raising_unavailable()
def allow_provisioning(
    db: Documents, device_id: Id, until: datetime | None, *, owner: Id
) -> DeviceDocument:
    """Let the device provision once more until then, or with None not; return it afterwards.

    Raise NotFoundError when it does not exist or is not *owner*'s, and ConflictError when it has no
    product whose key it could provision with.
    """
    device = find(db, device_id, owner=owner)
    if until is not None and device.get("product") is None:
        raise ConflictError("the device is of no product: choose its product first")
    return _update(db, device_id, owner, {"provision_until": until})


def _update(
    db: Documents, device_id: Id, owner: Id, change: Document, **before: str
) -> DeviceDocument:
    """Change the owner's device, provided that it still has the fields *before*."""
    device = device_collection(db).find_one_and_update(
        {"_id": object_id(device_id), "owner": object_id(owner), **before},
        {"$set": change},
        return_document=ReturnDocument.AFTER,
    )
    if device is None:
        raise NotFoundError(f"there is no device {device_id}")
    return device


@raising_unavailable()
def remove(
    db: Documents, device_id: Id, now: datetime, *, owner: Id | None = None
) -> DeviceDocument:
    """Delete the device and all that MongoDB stores about it; return the deleted document.

    Its alarms end and stay; alarm rules about it alone are deleted.

    Its readings stay in ClickHouse until their retention ends, and nobody can see them: a new
    device never gets an old one's id. Raise NotFoundError as find() does.
    """
    device = find(db, device_id, owner=owner)
    _delete(db, [device["_id"]], now)
    return device


@raising_unavailable()
def remove_all(
    db: Documents, owner: Id, device_ids: Sequence[Id], now: datetime
) -> list[DeviceDocument]:
    """Remove these devices as remove() does, or none when one is not *owner*'s."""
    removed = all_with_ids(db, owner, device_ids)
    _delete(db, [device["_id"] for device in removed], now)
    return removed


def _delete(db: Documents, ids: list[ObjectId], now: datetime) -> None:
    db.devices.delete_many({"_id": {"$in": ids}})
    alarm_ends.end_of_devices(db, ids, now)
    presence.remove(db, ids)
    owner_attributes.remove_of_devices(db, ids)
    gateway_devices.remove(db, ids)
    claims.remove_of_devices(db, ids)
    controls.remove_of_devices(db, ids)
    db.attributes.delete_many({"_id": {"$in": ids}})
    db.rejected.delete_many({"device": {"$in": ids}})
    commands.remove_of_devices(db, ids)
