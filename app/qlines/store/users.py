"""Who may sign in: the collection ``users``."""

import re
from datetime import datetime
from typing import NotRequired, TypedDict, cast

from bson import ObjectId
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from appliance.shared.settings import (
    EMAIL_RULE,
    MIN_PASSWORD_CHARACTERS,
    is_email,
    is_password,
)
from qlines.clients.mongodb import Documents, raising_unavailable
from qlines.errors import ConflictError, FieldError, NotFoundError
from qlines.store import sessions
from qlines.store.hidden_owner import HIDDEN_OWNER, VISIBLE_USERS
from qlines.store.ids import object_id

# A name of the tz database. Browsers know which exist; the image has no copy of it.
TIME_ZONE = re.compile(r"[A-Za-z][A-Za-z0-9_+-]{0,31}(/[A-Za-z0-9_+-]{1,31}){0,2}")
MAX_PASSWORD_CHARACTERS = 256  # argon2 reads all of it, so a limit bounds the work of a sign-in


class UserDocument(TypedDict):
    """A user as MongoDB stores it; *email* is in lower case. A disabled one is nobody.

    *time_zone* is a name such as Europe/Berlin, empty or missing for the browser's zone;
    *bell_seen_at* is when the newest notification was sent that the user has looked at;
    *password_link* is the id of the last link that set the password, which sets it once.
    """

    _id: ObjectId
    email: str
    admin: bool
    password_hash: str
    created_at: datetime
    disabled: NotRequired[bool]
    time_zone: NotRequired[str]
    bell_seen_at: NotRequired[datetime]
    password_link: NotRequired[str]


def checked_email(text: str) -> str:
    """Return the address in lower case; raise FieldError when it is not one."""
    email = text.strip().lower()
    if not is_email(email):
        raise FieldError("email", f"must be {EMAIL_RULE}, got {text!r}")
    return email


def checked_password(text: str) -> str:
    """Return the password; raise FieldError, which never shows it, when it is too short or long."""
    if not is_password(text) or len(text) > MAX_PASSWORD_CHARACTERS:
        raise FieldError(
            "password",
            f"must have {MIN_PASSWORD_CHARACTERS} to {MAX_PASSWORD_CHARACTERS} characters, "
            f"got {len(text)}",
        )
    return text


@raising_unavailable()
def add(
    db: Documents,
    email: str,
    password_hash: str,
    *,
    admin: bool = False,
    link_id: str | None = None,
) -> UserDocument:
    """Add a user; raise FieldError for a bad address and ConflictError when it is taken.

    *link_id* is that of the link by which the user has chosen the password.
    """
    user_id = ObjectId()
    user: UserDocument = {
        "_id": user_id,
        "email": checked_email(email),
        "admin": admin,
        "password_hash": password_hash,
        "created_at": user_id.generation_time,
    }
    if link_id is not None:
        user["password_link"] = link_id
    try:
        _collection(db).insert_one(user)
    except DuplicateKeyError:
        raise ConflictError(f"a user with the address {user['email']} already exists") from None
    return user


@raising_unavailable()
def find(db: Documents, user_id: str | ObjectId) -> UserDocument:
    """Return the user; raise NotFoundError when it does not exist."""
    user = _collection(db).find_one({"_id": object_id(user_id)})
    if user is None:
        raise NotFoundError(f"there is no user {user_id}")
    return user


@raising_unavailable()
def find_by_email(db: Documents, email: str) -> UserDocument:
    """Return the user with this address in any case; raise NotFoundError if it does not exist."""
    user = _collection(db).find_one({"email": email.strip().lower(), **VISIBLE_USERS})
    if user is None:
        raise NotFoundError(f"there is no user with the address {email}")
    return user


@raising_unavailable()
def is_disabled(db: Documents, user_id: ObjectId) -> bool:
    """Return whether this user may not sign in any more."""
    return _collection(db).find_one({"_id": user_id, "disabled": True}) is not None


@raising_unavailable()
def list_all(db: Documents) -> list[UserDocument]:
    """Return every user, sorted by address."""
    return list(_collection(db).find(VISIBLE_USERS).sort("email"))


@raising_unavailable()
def set_password(
    db: Documents,
    user_id: str | ObjectId,
    password_hash: str,
    *,
    keep_session: str | None = None,
    in_place_of: str | None = None,
) -> None:
    """Replace the password and end every session of the user except *keep_session*.

    Raise NotFoundError when the user does not exist, ConflictError when the password is no longer
    that with the hash *in_place_of*.
    """
    user_key = object_id(user_id)
    query = {"_id": user_key} | ({"password_hash": in_place_of} if in_place_of else {})
    change = {"$set": {"password_hash": password_hash}}
    if not _collection(db).update_one(query, change).matched_count:
        find(db, user_key)
        raise ConflictError("the password was changed in the meantime: sign in with the new one")
    sessions.end_all(db, user_key, keep=keep_session)


@raising_unavailable()
def set_password_by_link(
    db: Documents, user_id: ObjectId, password_hash: str, link_id: str
) -> bool:
    """Replace the password and end every session of the user, unless this link did it before.

    Return whether the password is replaced. That and noting the link are one step, so of two
    people with the same link one succeeds.
    """
    unused = {"_id": user_id, "password_link": {"$ne": link_id}}
    change = {"$set": {"password_hash": password_hash, "password_link": link_id}}
    if not _collection(db).update_one(unused, change).matched_count:
        return False
    sessions.end_all(db, user_id)
    return True


@raising_unavailable()
def find_alarm_reader(db: Documents, email: str, owner: ObjectId) -> UserDocument | None:
    """Return the user of this address if they may be given alarms of that owner, else None.

    The owner may, and every admin: who is assigned an alarm is sent a message about it.
    """
    user = _collection(db).find_one({"email": email.strip().lower(), **VISIBLE_USERS})
    if user is None or user.get("disabled"):
        return None
    return user if user["_id"] == owner or user["admin"] else None


@raising_unavailable()
def set_admin(db: Documents, user_id: str | ObjectId, *, admin: bool) -> UserDocument:
    """Make a user an admin, or no longer; raise NotFoundError when the user does not exist."""
    return _set(db, user_id, {"admin": admin})


@raising_unavailable()
def set_disabled(db: Documents, user_id: str | ObjectId, *, disabled: bool) -> UserDocument:
    """Let a user no longer sign in, and end their sessions; or let them in again.

    Their devices and API keys stay, and the keys open nothing in the meantime. Raise NotFoundError
    when the user does not exist.
    """
    user = _set(db, user_id, {"disabled": disabled})
    if disabled:
        sessions.end_all(db, user["_id"])
    return user


@raising_unavailable()
def set_time_zone(db: Documents, user_id: str | ObjectId, zone: str) -> None:
    """Choose the zone of the user's times, "" for the browser's; raise FieldError, NotFoundError.

    One that a browser does not know is as good as none there.
    """
    if zone and not TIME_ZONE.fullmatch(zone):
        raise FieldError("time zone", f"must be a name such as Europe/Berlin, got {zone!r}")
    _set(db, user_id, {"time_zone": zone})


@raising_unavailable()
def note_bell_seen(db: Documents, user_id: str | ObjectId, until: datetime) -> None:
    """Remember that the user has looked at the notifications until then; never moves back."""
    _collection(db).update_one({"_id": object_id(user_id)}, {"$max": {"bell_seen_at": until}})


def _set(db: Documents, user_id: str | ObjectId, fields: dict[str, bool | str]) -> UserDocument:
    key = object_id(user_id)
    if key == HIDDEN_OWNER or not (
        _collection(db).update_one({"_id": key}, {"$set": fields}).matched_count
    ):
        raise NotFoundError(f"there is no user {user_id}")
    return find(db, key)


@raising_unavailable()
def refresh_hash(db: Documents, user: UserDocument, password_hash: str) -> UserDocument:
    """Replace the hash of the password after its parameters were raised, unless it was changed.

    Return the user as it is then.
    """
    unchanged = {"_id": user["_id"], "password_hash": user["password_hash"]}
    _collection(db).update_one(unchanged, {"$set": {"password_hash": password_hash}})
    return {**user, "password_hash": password_hash}


def _collection(db: Documents) -> Collection[UserDocument]:
    return cast("Collection[UserDocument]", db.users)
