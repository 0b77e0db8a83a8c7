"""Who asks: the session behind the cookie, or the API key behind the Authorization header."""

from dataclasses import dataclass

from bson import ObjectId
from flask import g, request

from qlines.clock import utc_datetime
from qlines.errors import NotFoundError
from qlines.store import api_keys, sessions, users
from qlines.web.deps import Deps, deps

SESSION_COOKIE = "qlines_session"


@dataclass(frozen=True)
class Identity:
    """A user who is signed in; *session* is the session's id, None for an API key."""

    user_id: ObjectId
    email: str
    is_admin: bool
    session: str | None


def of_session(secret: str, found: Deps) -> Identity | None:
    """Return who holds the session with this secret, or None when it has ended."""
    now = utc_datetime(found.clock.now_us())
    session = sessions.find(found.db, secret, now=now) if secret else None
    if session is None:
        return None
    sessions.touch(found.db, session, now=now)
    return _user(found, session["user"], session["_id"])


def of_api_key(key: str, found: Deps) -> Identity | None:
    """Return whose API key this is, or None when there is no such key."""
    record = api_keys.find(found.db, key, now=utc_datetime(found.clock.now_us()))
    return _user(found, record["user"], None) if record else None


def _user(found: Deps, user_id: ObjectId, session: str | None) -> Identity | None:
    try:
        user = users.find(found.db, user_id)
    except NotFoundError:  # removed since
        return None
    return Identity(user["_id"], user["email"], bool(user["admin"]), session)


def bearer_key(header: str) -> str | None:
    """Return the key of an Authorization header, "" for one of another kind, None for none."""
    if not header:
        return None
    scheme, _, key = header.partition(" ")
    return key.strip() if scheme.lower() == "bearer" else ""


def identify() -> Identity | None:
    """Return who sends the current request; an Authorization header outweighs the cookie."""
    key = bearer_key(request.headers.get("Authorization", ""))
    if key is not None:
        return of_api_key(key, deps())
    return of_session(request.cookies.get(SESSION_COOKIE, ""), deps())


def me() -> Identity:
    """Return who sends the current request; only for views behind the guard."""
    found: Identity = g.identity
    return found
