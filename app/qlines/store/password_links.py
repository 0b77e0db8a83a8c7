"""Links by which somebody sets a password, once and within 72 hours: ``password_links``.

An admin makes one for a new person (an invitation) or for a user (a reset). The link holds a random
secret, and the collection its SHA-256.
"""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import TypedDict, cast

from pymongo.collection import Collection

from qlines.clients.mongodb import Documents, raising_unavailable

LIFETIME = timedelta(hours=72)


class PasswordLink(TypedDict):
    """A link that was not used yet; *admin* is what a new user becomes, *by* who made it."""

    _id: str
    email: str
    admin: bool
    by: str
    created_at: datetime


@raising_unavailable()
def add(db: Documents, email: str, *, admin: bool, by: str, now: datetime) -> str:
    """Make a link for this address and return its secret; earlier ones no longer work."""
    secret = secrets.token_urlsafe(32)
    link: PasswordLink = {
        "_id": _id(secret), "email": email, "admin": admin, "by": by, "created_at": now,
    }  # fmt: skip
    withdraw(db, email)
    _collection(db).insert_one(link)
    return secret


@raising_unavailable()
def find(db: Documents, secret: str, *, now: datetime) -> PasswordLink | None:
    """Return the link with this secret; None when it is used, withdrawn or too old."""
    return _collection(db).find_one({"_id": _id(secret), "created_at": {"$gt": now - LIFETIME}})


@raising_unavailable()
def remove(db: Documents, link: PasswordLink) -> None:
    """Remove a link whose password is stored; until then the user's *password_link* refuses it."""
    _collection(db).delete_one({"_id": link["_id"]})


@raising_unavailable()
def list_all(db: Documents, *, now: datetime) -> list[PasswordLink]:
    """Return the links that work, sorted by address."""
    return list(_collection(db).find({"created_at": {"$gt": now - LIFETIME}}).sort("email"))


@raising_unavailable()
def withdraw(db: Documents, email: str) -> bool:
    """Let the links of an address work no longer; return whether there was one."""
    return _collection(db).delete_many({"email": email}).deleted_count > 0


def _id(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _collection(db: Documents) -> Collection[PasswordLink]:
    return cast("Collection[PasswordLink]", db.password_links)
