"""How many mails there were today: the collection ``mail_counts``.

A day is one of UTC, because it is the same for all machines that send.
"""

from datetime import datetime, time, timedelta
from typing import TypedDict, cast

from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from qlines.clients.mongodb import Documents, raising_unavailable


class MailCount(TypedDict):
    """The count of a day; *_id* is the day, a colon, and what is counted."""

    _id: str
    count: int
    until: datetime


@raising_unavailable()
def take(db: Documents, what: str, most: int, now: datetime) -> bool:
    """Count one more of today, unless there were *most* already; return whether it was counted.

    One step, so that of several programs at the same moment none goes beyond the limit.
    """
    name = _id(what, now)
    below = {"_id": name, "count": {"$lt": most}}
    change = {"$inc": {"count": 1}}
    if _collection(db).update_one(below, change).matched_count:
        return True
    first: MailCount = {
        "_id": name, "count": 1, "until": end_of_day(now) + timedelta(days=1),
    }  # fmt: skip
    try:
        if most > 0:
            _collection(db).insert_one(first)
    except DuplicateKeyError:  # the limit is reached, or another program was first
        return _collection(db).update_one(below, change).matched_count > 0
    return most > 0


@raising_unavailable()
def today(db: Documents, what: str, now: datetime) -> int:
    """Return how many were counted today."""
    found = _collection(db).find_one({"_id": _id(what, now)})
    return found["count"] if found else 0


def end_of_day(now: datetime) -> datetime:
    """Return when the next day begins; pure."""
    return datetime.combine(now.date() + timedelta(days=1), time(), now.tzinfo)


def _id(what: str, now: datetime) -> str:
    return f"{now:%Y-%m-%d}:{what}"


def _collection(db: Documents) -> Collection[MailCount]:
    return cast("Collection[MailCount]", db.mail_counts)
