"""The registry of devices: the collection ``devices``.

Everything is asked for by owner as well as by id, so that nobody reaches another's device.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId
from pymongo import ReturnDocument
from pymongo.collation import Collation
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from qlines.clients.mongodb import raising_unavailable
from qlines.errors import ConflictError, NotFoundError
from qlines.store.device_rules import checked_name, checked_tags, checked_token, make_token
from qlines.store.ids import object_id

Document = dict[str, Any]
Id = str | ObjectId

# "pump 2" before "pump 10", "Zebra" after "apple"; mongo_schema has an index of this order.
BY_NAME = Collation(locale="en", strength=2, numericOrdering=True)


@raising_unavailable()
def add(
    db: Database[Document],
    owner: Id,
    name: str,
    *,
    tags: Sequence[str] = (),
    gateway: bool = False,
    token: str | None = None,
) -> Document:
    """Add a device with the given token, or with one made for it.

    Raises FieldError for a bad field and ConflictError when the name (of this owner's devices)
    or the token (of everybody's, old ones too) is taken.
    """
    device_id = ObjectId()
    device = {
        "_id": device_id,
        "owner": object_id(owner),
        "name": checked_name(name),
        "tags": checked_tags(tags),
        "gateway": gateway,
        "token": make_token() if token is None else checked_token(token),
        "old_tokens": [],
        "created_at": device_id.generation_time,
    }
    if token is not None and db.devices.count_documents({"old_tokens.token": token}, limit=1):
        raise ConflictError("another device had this token before: choose another")
    try:
        db.devices.insert_one(device)
    except DuplicateKeyError as error:
        raise _conflict(error, name) from None
    return device


def _conflict(error: DuplicateKeyError, name: str | None) -> ConflictError:
    if "token" in (error.details or {}).get("keyPattern", {}):
        return ConflictError("the token belongs to another device: choose another")
    return ConflictError(f"the owner already has a device named {name!r}: choose another name")


@raising_unavailable()
def find(db: Database[Document], device_id: Id, *, owner: Id | None = None) -> Document:
    """Return the device, only when it is the *owner*'s if one is given; else NotFoundError."""
    query: Document = {"_id": object_id(device_id)}
    if owner is not None:
        query["owner"] = object_id(owner)
    device = db.devices.find_one(query)
    if device is None:
        raise NotFoundError(f"there is no device {device_id}")
    return device


@raising_unavailable()
def find_by_name(db: Database[Document], owner: Id, name: str) -> Document | None:
    """Return the owner's device with exactly this name, or None."""
    return db.devices.find_one({"owner": object_id(owner), "name": name})


@raising_unavailable()
def owned(db: Database[Document], owner: Id, device_ids: Sequence[Id]) -> set[str]:
    """Return those of the ids that are devices of the owner, in one query."""
    ids = [object_id(device_id) for device_id in device_ids]
    found = db.devices.find({"_id": {"$in": ids}, "owner": object_id(owner)}, {"_id": 1})
    return {str(device["_id"]) for device in found}


def _query(owner: Id, search: str) -> Document:
    query: Document = {"owner": object_id(owner)}
    if search:
        # Escaped: what a user types is looked for as text and never run as a pattern.
        text = {"$regex": re.escape(search), "$options": "i"}
        query["$or"] = [{"name": text}, {"tags": text}]
        if re.fullmatch(r"[0-9a-fA-F]{4,24}", search):
            in_id = {"input": {"$toString": "$_id"}, "regex": search.lower()}
            query["$or"].append({"$expr": {"$regexMatch": in_id}})
    return query


def list_page(
    db: Database[Document],
    owner: Id,
    *,
    page: int,
    per_page: int,
    descending: bool = False,
    search: str = "",
) -> tuple[list[Document], int]:
    """Return one page of the owner's devices by name, and how many there are in all."""
    found = page_of(db, owner, page=page, per_page=per_page, descending=descending, search=search)
    return found, count(db, owner, search)


@raising_unavailable()
def page_of(
    db: Database[Document],
    owner: Id,
    *,
    page: int,
    per_page: int,
    descending: bool = False,
    search: str = "",
) -> list[Document]:
    """Return one page of the owner's devices by name."""
    return list(
        db.devices.find(_query(owner, search))
        .sort([("name", -1 if descending else 1)])
        .collation(BY_NAME)
        .skip((page - 1) * per_page)
        .limit(per_page)
    )


@raising_unavailable()
def count(db: Database[Document], owner: Id, search: str = "") -> int:
    """Return how many devices of the owner the search finds; 6 ms for 10,000 of them."""
    return db.devices.count_documents(_query(owner, search))


@raising_unavailable()
def names(db: Database[Document], owner: Id, search: str = "") -> list[tuple[str, str]]:
    """Return (id, name) of every device of the owner that the search finds, by name."""
    found = db.devices.find(_query(owner, search), {"name": 1}).sort("name").collation(BY_NAME)
    return [(str(device["_id"]), device["name"]) for device in found]


@raising_unavailable()
def with_ids(db: Database[Document], owner: Id, device_ids: Sequence[Id]) -> list[Document]:
    """Return the owner's devices with these ids, in the order of the ids."""
    ids = [object_id(device_id) for device_id in device_ids]
    found = db.devices.find({"_id": {"$in": ids}, "owner": object_id(owner)})
    by_id = {device["_id"]: device for device in found}
    return [by_id[device_id] for device_id in ids if device_id in by_id]


@raising_unavailable()
def list_all(db: Database[Document]) -> list[Document]:
    """Return every device of everybody by owner and name: for the operator's command only."""
    return list(db.devices.find().sort([("owner", 1), ("name", 1)]))


@raising_unavailable()
def patch(
    db: Database[Document],
    device_id: Id,
    *,
    owner: Id,
    name: str | None = None,
    tags: Sequence[str] | None = None,
    gateway: bool | None = None,
) -> Document:
    """Change what is given and return the device as it is then."""
    change: Document = {}
    if name is not None:
        change["name"] = checked_name(name)
    if tags is not None:
        change["tags"] = checked_tags(tags)
    if gateway is not None:
        change["gateway"] = gateway
    if not change:
        return find(db, device_id, owner=owner)
    try:
        return _changed(db, device_id, owner, {"$set": change})
    except DuplicateKeyError as error:
        raise _conflict(error, name) from None


@raising_unavailable()
def new_token(
    db: Database[Document], device_id: Id, *, owner: Id, keep_old_seconds: int, now: datetime
) -> Document:
    """Give the device a new token; the old one dies at once, or after *keep_old_seconds*.

    Old tokens that were kept by an earlier call live on until their own time.
    """
    device = find(db, device_id, owner=owner)
    kept = [
        old for old in device["old_tokens"] if old["expires_at"].replace(tzinfo=now.tzinfo) > now
    ]
    if keep_old_seconds:
        expires_at = now + timedelta(seconds=keep_old_seconds)
        kept.append({"token": device["token"], "expires_at": expires_at})
    return _changed(db, device_id, owner, {"$set": {"token": make_token(), "old_tokens": kept}})


def _changed(db: Database[Document], device_id: Id, owner: Id, change: Document) -> Document:
    device = db.devices.find_one_and_update(
        {"_id": object_id(device_id), "owner": object_id(owner)},
        change,
        return_document=ReturnDocument.AFTER,
    )
    if device is None:
        raise NotFoundError(f"there is no device {device_id}")
    return device


@raising_unavailable()
def remove(db: Database[Document], device_id: Id, *, owner: Id | None = None) -> Document:
    """Remove the device and all that is kept about it but its readings; return what it was.

    The readings stay in ClickHouse until their time is over, and nobody is shown them: a new
    device never gets an old one's id.
    """
    device = find(db, device_id, owner=owner)
    db.devices.delete_one({"_id": device["_id"]})
    db.presence.delete_one({"_id": device["_id"]})
    db.attributes.delete_one({"_id": device["_id"]})
    db.rejected.delete_many({"device": device["_id"]})
    return device
