"""Who is signed in: the collection ``sessions``.

The browser holds a random secret, the collection its SHA-256: who reads the database, or a
backup of it, cannot sign in with what is found there.
"""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from bson import ObjectId
from pymongo.database import Database

from qlines.clients.mongodb import raising_unavailable

Document = dict[str, Any]

LIFETIME = timedelta(days=30)  # without any request
NOTED_EVERY = timedelta(minutes=1)  # last_seen is written no more often


def session_id(secret: str) -> str:
    """Return the id under which the session with this secret is kept."""
    return hashlib.sha256(secret.encode()).hexdigest()


@raising_unavailable()
def start(
    db: Database[Document], user: ObjectId, *, address: str, agent: str, now: datetime
) -> str:
    """Begin a session and return its secret, which is kept nowhere."""
    secret = secrets.token_urlsafe(32)
    db.sessions.insert_one(
        {
            "_id": session_id(secret),
            "user": user,
            "created_at": now,
            "last_seen": now,
            "address": address,
            "agent": agent[:200],
        }
    )
    return secret


@raising_unavailable()
def find(db: Database[Document], secret: str, *, now: datetime) -> Document | None:
    """Return the session with this secret, or None when it has ended or was never there."""
    return db.sessions.find_one({"_id": session_id(secret), "last_seen": {"$gt": now - LIFETIME}})


@raising_unavailable()
def touch(db: Database[Document], session: Document, *, now: datetime) -> None:
    """Note that the session is in use, once a minute at the most."""
    if now - session["last_seen"].replace(tzinfo=now.tzinfo) >= NOTED_EVERY:
        db.sessions.update_one({"_id": session["_id"]}, {"$set": {"last_seen": now}})


@raising_unavailable()
def alive(db: Database[Document], ids: Iterable[str]) -> set[str]:
    """Return those of the ids whose session has not ended, in one query."""
    found = db.sessions.find({"_id": {"$in": list(ids)}}, {"_id": 1})
    return {session["_id"] for session in found}


@raising_unavailable()
def of_user(db: Database[Document], user: ObjectId) -> list[Document]:
    """Return the user's sessions, the last used first."""
    return list(db.sessions.find({"user": user}).sort("last_seen", -1))


@raising_unavailable()
def end(db: Database[Document], user: ObjectId, session: str) -> bool:
    """End one session of the user by its id; tell whether there was one."""
    return db.sessions.delete_one({"_id": session, "user": user}).deleted_count == 1


@raising_unavailable()
def end_all(db: Database[Document], user: ObjectId, *, keep: str | None = None) -> int:
    """End every session of the user but the one with the id *keep*; return how many ended."""
    return db.sessions.delete_many({"user": user, "_id": {"$ne": keep}}).deleted_count
