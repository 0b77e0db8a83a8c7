"""Browser sessions of users: the collection ``sessions``.

The browser holds a random secret and the collection its SHA-256, so nobody can sign in with what
the database or a backup of it contains.
"""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TypedDict, cast

from bson import ObjectId
from pymongo.collection import Collection

from qlines.clients.mongodb import Documents, raising_unavailable, skipped_in_outage
from qlines.store import browser_channels

LIFETIME = timedelta(days=30)  # after the last request
# Of the cookie, the most that browsers allow (RFC 6265bis): who signs in after their session has
# expired still says by it which browser that is (browser_channels.py).
COOKIE_LIFETIME = timedelta(days=400)
LAST_SEEN_RESOLUTION = timedelta(minutes=1)  # last_seen is written at most this often
MAX_AGENT_CHARACTERS = 200


class SessionDocument(TypedDict):
    """A session as MongoDB stores it; *_id* is session_id() of its secret."""

    _id: str
    user: ObjectId
    created_at: datetime
    last_seen: datetime
    address: str
    agent: str


def session_id(secret: str) -> str:
    """Return the id under which the session with this secret is stored."""
    return hashlib.sha256(secret.encode()).hexdigest()


@raising_unavailable()
def start(db: Documents, user: ObjectId, *, address: str, agent: str, now: datetime) -> str:
    """Start a session and return its secret, which is stored nowhere."""
    secret = secrets.token_urlsafe(32)
    document: SessionDocument = {
        "_id": session_id(secret),
        "user": user,
        "created_at": now,
        "last_seen": now,
        "address": address,
        "agent": agent[:MAX_AGENT_CHARACTERS],
    }
    _collection(db).insert_one(document)
    return secret


@raising_unavailable()
def find(db: Documents, secret: str, *, now: datetime) -> SessionDocument | None:
    """Return the session with this secret, or None when it has ended or never existed."""
    return _collection(db).find_one(
        {"_id": session_id(secret), "last_seen": {"$gt": now - LIFETIME}}
    )


@raising_unavailable()
def is_alive(db: Documents, session: str, *, now: datetime) -> bool:
    """Return whether the session with this id has neither ended nor expired."""
    query = {"_id": session, "last_seen": {"$gt": now - LIFETIME}}
    return _collection(db).find_one(query, {"_id": 1}) is not None


def touch(db: Documents, session: SessionDocument, *, now: datetime) -> None:
    """Record that the session is in use, at most once a minute, and not in an outage."""
    if now - session["last_seen"] < LAST_SEEN_RESOLUTION:
        return
    with skipped_in_outage():
        _collection(db).update_one({"_id": session["_id"]}, {"$set": {"last_seen": now}})


@raising_unavailable()
def not_ended(db: Documents, ids: Iterable[str]) -> set[str]:
    """Return those of the ids whose session has not ended, in one query."""
    sessions = _collection(db).find({"_id": {"$in": list(ids)}}, {"_id": 1})
    return {session["_id"] for session in sessions}


@raising_unavailable()
def of_user(db: Documents, user: ObjectId) -> list[SessionDocument]:
    """Return the user's sessions, the last used first."""
    return list(_collection(db).find({"user": user}).sort("last_seen", -1))


@raising_unavailable()
def end(db: Documents, user: ObjectId, session: str) -> SessionDocument | None:
    """End one session of the user by its id; return it, or None when it does not exist.

    Nothing is pushed to its browser any more.
    """
    browser_channels.end_with(db, user, session)
    query = {"_id": session, "user": user}
    found = _collection(db).find_one(query)
    return found if _collection(db).delete_one(query).deleted_count else None


@raising_unavailable()
def end_all(db: Documents, user: ObjectId, *, keep: str | None = None) -> int:
    """End every session of the user except the one with the id *keep*; return how many ended.

    Nothing is pushed to their browsers any more.
    """
    browser_channels.end_all_but(db, user, keep)
    return _collection(db).delete_many({"user": user, "_id": {"$ne": keep}}).deleted_count


def _collection(db: Documents) -> Collection[SessionDocument]:
    return cast("Collection[SessionDocument]", db.sessions)
