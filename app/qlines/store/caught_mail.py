"""Mails that a demonstration keeps for its page, because there is no mail server to send them.

They are in the collection ``caught_mail``, the newest hundred, for a day.
"""

from datetime import datetime, timedelta
from typing import TypedDict, cast

from bson import ObjectId
from pymongo.collection import Collection

from qlines.clients.mongodb import Documents, raising_unavailable

KEPT = timedelta(days=1)
MAX_MAILS = 100


class CaughtMail(TypedDict):
    """A mail as it would have been sent: its header To, its subject, and its plain text."""

    _id: ObjectId
    at: datetime
    to: str
    subject: str
    text: str


@raising_unavailable()
def keep(db: Documents, to: str, subject: str, text: str, now: datetime) -> None:
    """Keep a mail, and delete those beyond MAX_MAILS."""
    mail: CaughtMail = {"_id": ObjectId(), "at": now, "to": to, "subject": subject, "text": text}
    _collection(db).insert_one(mail)
    too_old = [one["_id"] for one in _newest(db)[MAX_MAILS:]]
    if too_old:
        _collection(db).delete_many({"_id": {"$in": too_old}})


@raising_unavailable()
def newest(db: Documents) -> list[CaughtMail]:
    """Return the mails, the newest first."""
    return _newest(db)


def _newest(db: Documents) -> list[CaughtMail]:
    return list(_collection(db).find({}).sort([("at", -1), ("_id", -1)]).limit(2 * MAX_MAILS))


def _collection(db: Documents) -> Collection[CaughtMail]:
    return cast("Collection[CaughtMail]", db.caught_mail)
