"""Keys for programs that call the API: the collection ``api_keys``, each kept as its SHA-256."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId
from pymongo.database import Database

from qlines.clients.mongodb import raising_unavailable
from qlines.errors import FieldError

Document = dict[str, Any]

PREFIX = "qlk_"  # tells a key from other random texts, for people and for secret scanners
NOTED_EVERY = timedelta(minutes=1)  # last_used is written no more often


def key_id(key: str) -> str:
    """Return the id under which the key is kept."""
    return hashlib.sha256(key.encode()).hexdigest()


@raising_unavailable()
def add(db: Database[Document], user: ObjectId, name: str, *, now: datetime) -> str:
    """Make a key and return it: nobody can read it again."""
    if not 1 <= len(name) <= 128 or not name.isprintable():
        raise FieldError("name", f"must have 1 to 128 printable characters, got {name!r}")
    key = PREFIX + secrets.token_urlsafe(30)
    db.api_keys.insert_one(
        {"_id": key_id(key), "user": user, "name": name, "created_at": now, "last_used": None}
    )
    return key


@raising_unavailable()
def find(db: Database[Document], key: str, *, now: datetime) -> Document | None:
    """Return the key's record and note its use, or None when there is no such key."""
    record = db.api_keys.find_one({"_id": key_id(key)})
    if record and (
        record["last_used"] is None
        or now - record["last_used"].replace(tzinfo=now.tzinfo) >= NOTED_EVERY
    ):
        db.api_keys.update_one({"_id": record["_id"]}, {"$set": {"last_used": now}})
    return record


@raising_unavailable()
def of_user(db: Database[Document], user: ObjectId) -> list[Document]:
    """Return the user's keys, the oldest first."""
    return list(db.api_keys.find({"user": user}).sort("created_at"))


@raising_unavailable()
def remove(db: Database[Document], user: ObjectId, key: str) -> bool:
    """Remove one key of the user by its id; tell whether there was one."""
    return db.api_keys.delete_one({"_id": key, "user": user}).deleted_count == 1
