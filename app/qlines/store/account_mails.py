"""Mails to the addresses of accounts, for owners without another channel: ``account_mails``.

Each is kept until the mail server has taken it, or refused it for good, and not after KEPT.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TypedDict, cast

from bson import ObjectId
from pymongo.collection import Collection

from qlines.clients.mongodb import Documents, raising_unavailable

KEPT = timedelta(days=3)  # as the attempts of every message


class AccountMail(TypedDict):
    """What *owner* is to read; *at* is when that happened, *due_at* when the next attempt may be.

    One that waits for our own mail server *waits_for_server*, and is due again once it is back.
    """

    _id: ObjectId
    owner: ObjectId
    subject: str
    text: str
    at: datetime
    due_at: datetime
    waits_for_server: bool


@raising_unavailable()
def add(db: Documents, owner: ObjectId, subject: str, text: str, now: datetime) -> None:
    """Add one, which is due at once."""
    mail: AccountMail = {
        "_id": ObjectId(), "owner": owner, "subject": subject, "text": text, "at": now,
        "due_at": now, "waits_for_server": False,
    }  # fmt: skip
    _collection(db).insert_one(mail)


@raising_unavailable()
def due_owners(db: Documents, now: datetime) -> Sequence[ObjectId]:
    """Return the owners who are to have one now."""
    return list(_collection(db).distinct("owner", {"due_at": {"$lte": now}}))


@raising_unavailable()
def take(db: Documents, owner: ObjectId, now: datetime, until: datetime) -> AccountMail | None:
    """Return what is due for an owner, which nobody else is given before *until*; or None."""
    found = _collection(db).find_one({"owner": owner, "due_at": {"$lte": now}}, sort=[("at", 1)])
    if found is None:
        return None
    as_before = {"_id": found["_id"], "due_at": found["due_at"]}
    taken = {"due_at": until, "waits_for_server": False}
    return found if _collection(db).update_one(as_before, {"$set": taken}).matched_count else None


@raising_unavailable()
def wait(db: Documents, mail: AccountMail, until: datetime, *, for_server: bool = False) -> None:
    """Have one wait for its next attempt."""
    change = {"$set": {"due_at": until, "waits_for_server": for_server}}
    _collection(db).update_one({"_id": mail["_id"]}, change)


@raising_unavailable()
def remove(db: Documents, mail: AccountMail) -> None:
    """Delete one that needs no further attempt."""
    _collection(db).delete_one({"_id": mail["_id"]})


@raising_unavailable()
def has_waiting(db: Documents) -> bool:
    """Return whether one waits for our own mail server."""
    return _collection(db).find_one({"waits_for_server": True}) is not None


@raising_unavailable()
def let_one_try(db: Documents, now: datetime) -> None:
    """Make due that one of those that wait for our own mail server which is the oldest."""
    found = _collection(db).find_one({"waits_for_server": True}, sort=[("at", 1)])
    if found:
        _collection(db).update_one({"_id": found["_id"]}, {"$set": {"due_at": now}})


@raising_unavailable()
def server_is_back(db: Documents, now: datetime) -> None:
    """Make due at once what waits for our own mail server."""
    change = {"$set": {"due_at": now, "waits_for_server": False}}
    _collection(db).update_many({"waits_for_server": True}, change)


def _collection(db: Documents) -> Collection[AccountMail]:
    return cast("Collection[AccountMail]", db.account_mails)
