"""Who sends a request: the user of the session cookie, or of the API key in a header."""

from collections.abc import Sequence
from dataclasses import dataclass

from bson import ObjectId
from flask import g, request

from qlines.clock import utc_datetime
from qlines.errors import NotFoundError
from qlines.store import api_keys, sessions, users
from qlines.web.deps import Deps, deps

SESSION_COOKIE = "qlines_session"
# Where API keys are accepted, the first header first. The second is ThingsBoard's, for its scripts.
KEY_HEADERS = {"Authorization": ("bearer",), "X-Authorization": ("bearer", "apikey")}


@dataclass(frozen=True)
class Identity:
    """A signed-in user; *session* is the session's id, None for an API key.

    *time_zone* is the one that the user has chosen, empty for the browser's.
    """

    user_id: ObjectId
    email: str
    is_admin: bool
    session: str | None
    time_zone: str = ""

    @property
    def assignee(self) -> str:
        """Return the address at which alarms of others may be assigned to an admin, else ""."""
        return self.email if self.is_admin else ""


def of_session(secret: str, deps: Deps) -> Identity | None:
    """Return the user of the session with this secret, or None when it has ended."""
    now = utc_datetime(deps.clock.now_us())
    session = sessions.find(deps.db, secret, now=now) if secret else None
    if session is None:
        return None
    sessions.touch(deps.db, session, now=now)
    return _identity(deps, session["user"], session["_id"])


def of_api_key(key: str, deps: Deps) -> Identity | None:
    """Return the user of this API key, or None when it does not exist."""
    document = api_keys.find(deps.db, key, now=utc_datetime(deps.clock.now_us()))
    return _identity(deps, document["user"], None) if document else None


def _identity(deps: Deps, user_id: ObjectId, session: str | None) -> Identity | None:
    try:
        user = users.find(deps.db, user_id)
    except NotFoundError:  # removed since
        return None
    if user.get("disabled"):
        return None
    zone = user.get("time_zone", "")
    return Identity(user["_id"], user["email"], user["admin"], session, zone)


def key_in(header: str, schemes: Sequence[str]) -> str | None:
    """Return the key in a header's value: "" for another scheme, None without a header."""
    if not header:
        return None
    scheme, _, key = header.partition(" ")
    return key.strip() if scheme.lower() in schemes else ""


def identify() -> Identity | None:
    """Return who sends the current request; a header with a key takes precedence."""
    for name, schemes in KEY_HEADERS.items():
        key = key_in(request.headers.get(name, ""), schemes)
        if key is not None:
            return of_api_key(key, deps())
    return of_session(request.cookies.get(SESSION_COOKIE, ""), deps())


def me() -> Identity:
    """Return who sends the current request; only for views behind the guard."""
    identity: Identity = g.identity
    return identity
