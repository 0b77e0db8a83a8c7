"""That our own mail server takes no mail from anybody: the collection ``mail_outage``.

It has one document while that is so. Then all mails wait, and one of them is tried every
TRY_EVERY: so a server that hangs costs the workers one attempt a minute, and not one for each mail.
"""

from datetime import datetime, timedelta
from typing import TypedDict, cast

from pymongo.collection import Collection

from qlines.clients.mongodb import Document, Documents, raising_unavailable

TRY_EVERY = timedelta(minutes=1)
# After that nobody has a mail to try it with, and nobody knows whether it still lasts.
KNOWN_FOR = timedelta(minutes=10)
NAME = "mail server"


class MailOutage(TypedDict):
    """Since when, what the last attempt said, and before when there is no other."""

    _id: str
    since: datetime
    sentence: str
    next_try_at: datetime


@raising_unavailable()
def note(db: Documents, sentence: str, now: datetime) -> None:
    """Note that an attempt has found it so."""
    change = {
        "$set": {"sentence": sentence, "next_try_at": now + TRY_EVERY}, "$min": {"since": now},
    }  # fmt: skip
    _collection(db).update_one({"_id": NAME}, change, upsert=True)


@raising_unavailable()
def holds(db: Documents, now: datetime) -> MailOutage | None:
    """Return the outage for which a mail has to wait; None when it may be tried.

    While there is one that is so for who asks first once the next attempt may be.
    """
    found = current(db)
    if found is None or found["next_try_at"] > now:
        return found
    query = {"_id": NAME, "next_try_at": found["next_try_at"]}
    since, next_try_at = found["since"] if _is_known(found, now) else now, now + TRY_EVERY
    claimed: Document = {"next_try_at": next_try_at, "since": since}
    if _collection(db).update_one(query, {"$set": claimed}).matched_count:
        return None
    return {**found, "next_try_at": next_try_at}


@raising_unavailable()
def give_back(db: Documents, now: datetime) -> None:
    """Let another mail be tried in place of this one, which holds() allowed: it does not leave."""
    _collection(db).update_one({"_id": NAME}, {"$set": {"next_try_at": now}})


@raising_unavailable()
def end(db: Documents) -> bool:
    """Note that it is over; return whether there was an outage."""
    return _collection(db).delete_one({"_id": NAME}).deleted_count > 0


@raising_unavailable()
def current(db: Documents) -> MailOutage | None:
    """Return the outage that lasts, or None."""
    return _collection(db).find_one({"_id": NAME})


def seconds(db: Documents, now: datetime) -> int:
    """Return for how long an outage has lasted; 0 without one, or when none is known any more."""
    found = current(db)
    if found is None or not _is_known(found, now):
        return 0
    return round((now - found["since"]).total_seconds())


def _is_known(outage: MailOutage, now: datetime) -> bool:
    return now - outage["next_try_at"] <= KNOWN_FOR


def _collection(db: Documents) -> Collection[MailOutage]:
    return cast("Collection[MailOutage]", db.mail_outage)
