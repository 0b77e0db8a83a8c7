"""Keys for programs that call the API: the collection ``api_keys``, each stored as its SHA-256."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import TypedDict, cast

from bson import ObjectId
from pymongo.collection import Collection

from qlines.clients.mongodb import Documents, raising_unavailable, skipped_in_outage
from qlines.errors import FieldError

PREFIX = "qlk_"  # marks a text as one of our keys, for people and for secret scanners
MAX_NAME_CHARACTERS = 128
LAST_USED_RESOLUTION = timedelta(minutes=1)  # last_used is written at most this often


class ApiKeyDocument(TypedDict):
    """A key as MongoDB stores it; *_id* is key_id() of the key."""

    _id: str
    user: ObjectId
    name: str
    created_at: datetime
    last_used: datetime | None


def key_id(key: str) -> str:
    """Return the id under which the key is stored."""
    return hashlib.sha256(key.encode()).hexdigest()


def make_key() -> str:
    """Return a random key of 240 bits."""
    return PREFIX + secrets.token_urlsafe(30)


@raising_unavailable()
def add(db: Documents, user: ObjectId, name: str, *, now: datetime) -> str:
    """Create a key and return it, the only time that it can be read.

    Raise FieldError for a bad name.
    """
    if not 1 <= len(name) <= MAX_NAME_CHARACTERS or not name.isprintable():
        raise FieldError(
            "name", f"must have 1 to {MAX_NAME_CHARACTERS} printable characters, got {name!r}"
        )
    key = make_key()
    document: ApiKeyDocument = {
        "_id": key_id(key), "user": user, "name": name, "created_at": now, "last_used": None,
    }  # fmt: skip
    _collection(db).insert_one(document)
    return key


@raising_unavailable()
def find(db: Documents, key: str, *, now: datetime) -> ApiKeyDocument | None:
    """Return the key's document, or None when the key does not exist.

    Its use is recorded at most once a minute, and not in an outage.
    """
    document = _collection(db).find_one({"_id": key_id(key)})
    if document and (
        document["last_used"] is None or now - document["last_used"] >= LAST_USED_RESOLUTION
    ):
        with skipped_in_outage():
            _collection(db).update_one({"_id": document["_id"]}, {"$set": {"last_used": now}})
    return document


@raising_unavailable()
def of_user(db: Documents, user: ObjectId) -> list[ApiKeyDocument]:
    """Return the user's keys, the oldest first."""
    return list(_collection(db).find({"user": user}).sort("created_at"))


@raising_unavailable()
def remove(db: Documents, user: ObjectId, key: str) -> ApiKeyDocument | None:
    """Delete one key of the user by its id; return it, or None when it does not exist."""
    query = {"_id": key, "user": user}
    found = _collection(db).find_one(query)
    return found if _collection(db).delete_one(query).deleted_count else None


def _collection(db: Documents) -> Collection[ApiKeyDocument]:
    return cast("Collection[ApiKeyDocument]", db.api_keys)
