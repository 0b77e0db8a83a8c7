"""Who may sign in: the collection ``users``."""

import re
from typing import Any

from bson import ObjectId
from pymongo.database import Database
from pymongo.errors import DuplicateKeyError

from qlines.clients.mongodb import raising_unavailable
from qlines.errors import ConflictError, FieldError, NotFoundError
from qlines.store import sessions
from qlines.store.ids import object_id

Document = dict[str, Any]

MIN_PASSWORD_CHARACTERS = 8
MAX_PASSWORD_CHARACTERS = 256  # argon2 reads all of it: a limit keeps a long one from being work


def checked_email(text: str) -> str:
    """Return the address in lower case; raise FieldError when it is none."""
    email = text.strip().lower()
    if len(email) > 254 or not re.fullmatch(r"[^@\s]+@[^@\s]+", email):
        raise FieldError("email", f"must be an address such as me@example.com, got {text!r}")
    return email


def checked_password(text: str) -> str:
    """Return the password; raise FieldError, which never shows it, when it is too short or long."""
    if not MIN_PASSWORD_CHARACTERS <= len(text) <= MAX_PASSWORD_CHARACTERS:
        raise FieldError(
            "password",
            f"must have {MIN_PASSWORD_CHARACTERS} to {MAX_PASSWORD_CHARACTERS} characters, "
            f"got {len(text)}",
        )
    return text


@raising_unavailable()
def add(db: Database[Document], email: str, password_hash: str, *, admin: bool = False) -> Document:
    """Add a user; raise ConflictError when the address is taken."""
    user_id = ObjectId()
    user = {
        "_id": user_id,
        "email": checked_email(email),
        "admin": admin,
        "password_hash": password_hash,
        "created_at": user_id.generation_time,
    }
    try:
        db.users.insert_one(user)
    except DuplicateKeyError:
        raise ConflictError(f"a user with the address {user['email']} already exists") from None
    return user


@raising_unavailable()
def find(db: Database[Document], user_id: str | ObjectId) -> Document:
    """Return the user; raise NotFoundError when there is none."""
    user = db.users.find_one({"_id": object_id(user_id)})
    if user is None:
        raise NotFoundError(f"there is no user {user_id}")
    return user


@raising_unavailable()
def find_by_email(db: Database[Document], email: str) -> Document:
    """Return the user with this address, in any case; raise NotFoundError when there is none."""
    user = db.users.find_one({"email": email.strip().lower()})
    if user is None:
        raise NotFoundError(f"there is no user with the address {email}")
    return user


@raising_unavailable()
def list_all(db: Database[Document]) -> list[Document]:
    """Return every user by address."""
    return list(db.users.find().sort("email"))


@raising_unavailable()
def set_password(
    db: Database[Document],
    user_id: str | ObjectId,
    password_hash: str,
    *,
    keep_session: str | None = None,
) -> None:
    """Replace the password and end every session of the user but *keep_session*."""
    user_key = object_id(user_id)
    done = db.users.update_one({"_id": user_key}, {"$set": {"password_hash": password_hash}})
    if not done.matched_count:
        raise NotFoundError(f"there is no user {user_id}")
    sessions.end_all(db, user_key, keep=keep_session)


@raising_unavailable()
def refresh_hash(db: Database[Document], user_id: ObjectId, password_hash: str) -> None:
    """Replace the hash of an unchanged password, made anew with stronger parameters."""
    db.users.update_one({"_id": user_id}, {"$set": {"password_hash": password_hash}})
