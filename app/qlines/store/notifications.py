"""The outbox: what is to be sent, was sent, or was not, and why: the collection ``notifications``.

One document for each event of an alarm and each channel that is to have it. Several of them may
leave as one message; the states of each::

    waiting ▶ sending ▶ sent        what is sent again later is waiting again, with its message id
                      ▶ failed      the receiver refused it, or every attempt failed
            ▶ dropped               it was not to be sent: muted, acknowledged in time, …

*open* is true in the first two: an index holds these only, and who sends asks for nothing else.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Literal, NotRequired, TypedDict, cast

from bson import ObjectId
from pymongo.client_session import ClientSession
from pymongo.collection import Collection
from pymongo.errors import DuplicateKeyError

from qlines.clients.mongodb import Document, Documents, raising_unavailable
from qlines.store.ids import object_id

log = logging.getLogger(__name__)

KEPT = timedelta(days=30)  # after the end
MAX_LOG = 20  # lines of one notification, the newest
TEST_ID = "test-"  # begins the ids of tests

Kind = Literal["alarm", "digest", "test", "operator", "notice", "confirmation"]
State = Literal["waiting", "sending", "sent", "failed", "dropped"]
# About what has just happened; or, when it is due, that it is still so, also after a restore.
Purpose = Literal["event", "escalation", "reminder", "restored"]


class LogLine(TypedDict):
    """What became of one attempt; *kind* is a Result's."""

    at: datetime
    kind: str
    sentence: str


class Notification(TypedDict):
    """An entry of the outbox as MongoDB stores it.

    *_id* is the event's id, a colon and the channel's; other words replace the event's id where no
    event is the reason. *batch* is shared by those that are to leave as one message, and
    *planned_for* is when; *due_at* is later once an attempt has failed. *message* is the id of that
    message, the same over all attempts, once there was one. *subject* and *text* are there for what
    is not about an alarm. *reason* is the last sentence. *waits_for_server*: it is due again
    once our own mail server takes mails.
    """

    _id: str
    owner: ObjectId
    channel: ObjectId
    alarm: ObjectId | None
    event: str
    kind: Kind
    purpose: Purpose
    type: str
    severity: str
    group: str
    batch: str
    at: datetime
    state: State
    planned_for: datetime
    due_at: datetime
    created_at: datetime
    attempts: int
    reason: str
    log: list[LogLine]
    open: NotRequired[bool]
    message: NotRequired[str]
    subject: NotRequired[str]
    text: NotRequired[str]
    waits_for_server: NotRequired[bool]
    ended_at: NotRequired[datetime]


class Batch(TypedDict):
    """What leaves as one message, with the fields of its notifications."""

    channel: ObjectId
    batch: str
    purpose: Purpose
    group: str
    planned_for: datetime


class Unfinished(TypedDict):
    """How many notifications are due and wait, and since when the oldest of them does."""

    count: int
    oldest_due_at: datetime | None


def insert_in_session(db: Documents, session: ClientSession, made: Sequence[Notification]) -> None:
    """Insert notifications in the transaction that marks their events as planned."""
    if made:
        _collection(db).insert_many(list(made), session=session)


@raising_unavailable()
def add(db: Documents, notification: Notification) -> None:
    """Insert one that no event is the reason of."""
    _collection(db).insert_one(notification)


@raising_unavailable()
def add_once(db: Documents, notification: Notification) -> None:
    """Insert one that may be there already."""
    try:
        _collection(db).insert_one(notification)
    except DuplicateKeyError:
        log.debug("the notification %s is there already", notification["_id"])


@raising_unavailable()
def add_missing(db: Documents, made: Sequence[Notification]) -> None:
    """Insert those that are not there already, of a channel that the caller has reserved."""
    there = existing(db, [one["_id"] for one in made])
    if missing := [one for one in made if one["_id"] not in there]:
        _collection(db).insert_many(missing)


@raising_unavailable()
def planned_since(db: Documents, channels: Sequence[ObjectId], moment: datetime) -> list[Batch]:
    """Return what these channels have been sent since then, or are to be sent later.

    Each message once, because in a storm thousands leave as one; without what was dropped.
    """
    query = {
        "channel": {"$in": list(channels)}, "planned_for": {"$gt": moment},
        "state": {"$ne": "dropped"},
    }  # fmt: skip
    name = {"channel": "$channel", "batch": "$batch", "purpose": "$purpose"}
    group = {"group": {"$first": "$group"}, "planned_for": {"$max": "$planned_for"}}
    steps: list[Document] = [{"$match": query}, {"$group": {"_id": name, **group}}]
    found = db.notifications.aggregate(steps)
    return [cast("Batch", {**one.pop("_id"), **one}) for one in found]


@raising_unavailable()
def of_alarms(db: Documents, alarms: Sequence[ObjectId]) -> list[Notification]:
    """Return every notification about these alarms, without the lines of its log.

    Of an alarm that nobody cares for there are thousands: a reminder every five minutes.
    """
    return list(_collection(db).find({"alarm": {"$in": list(alarms)}}, {"log": 0}))


@raising_unavailable()
def first_message(db: Documents, alarm: ObjectId, channel: ObjectId) -> str:
    """Return the id of the first message that a channel had about an alarm, "" without one."""
    query = {"alarm": alarm, "channel": channel, "state": "sent"}
    found = _collection(db).find(query, {"message": 1, "created_at": 1})
    first = next(iter(found.sort([("created_at", 1)]).limit(1)), None)
    return first.get("message", "") if first else ""


def existing(db: Documents, ids: Sequence[str], session: ClientSession | None = None) -> set[str]:
    """Return which of these ids there are, as a transaction sees them if there is one."""
    found = _collection(db).find({"_id": {"$in": list(ids)}}, {"_id": 1}, session=session)
    return {one["_id"] for one in found}


@raising_unavailable()
def due_channels(db: Documents, now: datetime) -> list[ObjectId]:
    """Return the channels for which something is due."""
    query = {"open": True, "due_at": {"$lte": now}}
    return list(_collection(db).distinct("channel", query))


@raising_unavailable()
def next_due(db: Documents, channels: Sequence[ObjectId], now: datetime) -> ObjectId | None:
    """Return that of these channels for which something has been due for longest, or None."""
    query = {"open": True, "channel": {"$in": list(channels)}, "due_at": {"$lte": now}}
    found = _collection(db).find(query, {"channel": 1}).sort([("due_at", 1)]).limit(1)
    return next((one["channel"] for one in found), None)


@raising_unavailable()
def due(db: Documents, channel: ObjectId, now: datetime, limit: int) -> list[Notification]:
    """Return what is due for a channel, the oldest first, and what was begun with some of that.

    What is to be sent later is left out: a night's messages, or a thousand reminders, must not
    keep from the limit what is due now.
    """
    query = {"open": True, "channel": channel}
    oldest = [("at", 1), ("_id", 1)]
    found = list(_collection(db).find(query | {"due_at": {"$lte": now}}).sort(oldest).limit(limit))
    begun = list({one["message"] for one in found if "message" in one})
    if begun:
        known = {one["_id"] for one in found}
        others = _collection(db).find(query | {"message": {"$in": begun}})
        found += [one for one in others if one["_id"] not in known]
    return found


@raising_unavailable()
def due_of_batch(
    db: Documents, channel: ObjectId, batch: str, now: datetime, limit: int
) -> list[Notification]:
    """Return what is due of a batch and was not begun, the oldest first, without its log."""
    query = {
        "open": True, "channel": channel, "batch": batch, "due_at": {"$lte": now},
        "message": {"$exists": False},
    }  # fmt: skip
    found = _collection(db).find(query, {"log": 0}).sort([("at", 1), ("_id", 1)])
    return list(found.limit(limit))


@raising_unavailable()
def begin(db: Documents, ids: Sequence[str], message: str) -> None:
    """Note, before an attempt, with which id these are sent; one that has an id keeps it."""
    change = {"$set": {"state": "sending", "message": message}}
    _collection(db).update_many({"_id": {"$in": list(ids)}, "open": True}, change)


@raising_unavailable()
def finish(
    db: Documents, ids: Sequence[str], state: State, sentence: str, now: datetime, kind: str = ""
) -> None:
    """Note the end of these; *kind* is that of the attempt's result, "" when there was none.

    What has ended already stays as it is: an attempt is logged once.
    """
    change: dict[str, Any] = {
        "$set": {"state": state, "reason": sentence, "ended_at": now},
        "$unset": {"open": ""},
    }
    if kind:
        change |= _logged(now, kind, sentence)
    _collection(db).update_many({"_id": {"$in": list(ids)}, "open": True}, change)


@raising_unavailable()
def try_again(
    db: Documents, ids: Sequence[str], sentence: str, now: datetime, due_at: datetime
) -> None:
    """Note that an attempt failed and when the next one is."""
    change = {
        "$set": {"state": "waiting", "reason": sentence, "due_at": due_at},
        "$unset": {"waits_for_server": ""},
    }
    _collection(db).update_many(
        {"_id": {"$in": list(ids)}, "open": True}, change | _logged(now, "retry", sentence)
    )


@raising_unavailable()
def postpone(
    db: Documents, ids: Sequence[str], sentence: str, until: datetime, message: str = ""
) -> None:
    """Let these, which are due, wait without an attempt; what *sentence* says is why.

    *message* is the id with which they leave then, "" for the one that they have or would have.
    """
    later: Document = {"reason": sentence, "due_at": until, "planned_for": until}
    if message:
        later["message"] = message
    change = {"$set": later, "$unset": {"waits_for_server": ""}}
    _collection(db).update_many({"_id": {"$in": list(ids)}, "open": True}, change)


@raising_unavailable()
def hold_back(
    db: Documents, channel: ObjectId, alarms: Sequence[ObjectId], until: datetime
) -> None:
    """Have what follows about these alarms wait, so that a person reads it in its order."""
    query = {
        "open": True, "channel": channel, "alarm": {"$in": list(alarms)}, "due_at": {"$lt": until},
    }  # fmt: skip
    _collection(db).update_many(query, {"$set": {"due_at": until}})


@raising_unavailable()
def hasten(db: Documents, channel: ObjectId, now: datetime) -> None:
    """Make due at once what waits only as the receiver did not answer before: it is there again."""
    query = {
        "open": True, "channel": channel, "due_at": {"$gt": now}, "planned_for": {"$lte": now},
    }  # fmt: skip
    _collection(db).update_many(query, {"$set": {"due_at": now}})


@raising_unavailable()
def end_all(db: Documents, channel: ObjectId, state: State, sentence: str, now: datetime) -> None:
    """End everything that a channel was still to have."""
    _collection(db).update_many(
        {"open": True, "channel": channel},
        {
            "$set": {"state": state, "reason": sentence, "ended_at": now},
            "$unset": {"open": ""},
        },
    )


@raising_unavailable()
def end_confirmations(db: Documents, channel: ObjectId, sentence: str, now: datetime) -> None:
    """End as dropped each mail that was to ask for a confirmation and has not left yet."""
    change = {
        "$set": {"state": "dropped", "reason": sentence, "ended_at": now}, "$unset": {"open": ""},
    }  # fmt: skip
    query = {"open": True, "channel": channel, "kind": "confirmation"}
    _collection(db).update_many(query, change)


@raising_unavailable()
def of_channel(db: Documents, channel: ObjectId, limit: int) -> list[Notification]:
    """Return the newest notifications of a channel, whatever became of them, the newest first."""
    return _newest(db, {"channel": channel}, limit)


@raising_unavailable()
def newest_of(db: Documents, channels: Sequence[ObjectId]) -> dict[ObjectId, Notification]:
    """Return the newest notification of each of these channels that something is known about.

    A reminder is planned hours before it is sent: it says nothing about a channel yet.
    """
    query = {"reason": {"$ne": ""}}
    newest = ((channel, _newest(db, {"channel": channel, **query}, 1)) for channel in channels)
    return {channel: found[0] for channel, found in newest if found}


def _newest(db: Documents, query: Document, limit: int) -> list[Notification]:
    return list(_collection(db).find(query).sort([("created_at", -1)]).limit(limit))


@raising_unavailable()
def find(db: Documents, notification_id: str) -> Notification | None:
    """Return one of the outbox, or None."""
    return _collection(db).find_one({"_id": notification_id})


@raising_unavailable()
def backlog(db: Documents, now: datetime) -> Unfinished:
    """Return how much is due, and since when."""
    query = {"open": True, "due_at": {"$lte": now}}
    oldest = next(iter(_collection(db).find(query).sort([("due_at", 1)]).limit(1)), None)
    return {
        "count": _collection(db).count_documents(query),
        "oldest_due_at": oldest["due_at"] if oldest else None,
    }


def test_of(owner: ObjectId, channel: str | ObjectId, now: datetime) -> Notification:
    """Return a message by which somebody sees whether a channel works; pure but for its id."""
    made = notice(owner, channel, "Test message", "This is a test: the channel works.", now)
    return {**made, "_id": f"{TEST_ID}{ObjectId()}:{channel}", "kind": "test", "type": "test"}


def notice(
    owner: ObjectId,
    channel: str | ObjectId,
    subject: str,
    text: str,
    now: datetime,
    kind: Kind = "notice",
) -> Notification:
    """Return a message that is not about an alarm; pure but for its id."""
    made_id = f"{kind}-{ObjectId()}:{channel}"
    return {
        "_id": made_id, "owner": owner, "channel": object_id(channel), "alarm": None, "event": "",
        "kind": kind, "purpose": "event", "type": kind, "severity": "", "group": made_id,
        "batch": made_id, "at": now, "state": "waiting", "planned_for": now, "due_at": now,
        "created_at": now, "attempts": 0, "reason": "", "log": [], "open": True,
        "subject": subject, "text": text,
    }  # fmt: skip


def confirmation(owner: ObjectId, channel: ObjectId, by: str, now: datetime) -> Notification:
    """Return the mail with the link by which its receiver confirms the address.

    Pure but for its id. Nothing of it is its sender's choice; *by* is how they sign in.
    """
    subject = "Confirm your e-mail address"
    text = (
        f"{by} wants to have messages about devices sent to this address. If you want them, open"
        " the link within 72 hours and press the button there."
    )
    return notice(owner, channel, subject, text, now, "confirmation")


def _logged(now: datetime, kind: str, sentence: str) -> dict[str, Any]:
    line: LogLine = {"at": now, "kind": kind, "sentence": sentence}
    return {"$push": {"log": {"$each": [line], "$slice": -MAX_LOG}}, "$inc": {"attempts": 1}}


def _collection(db: Documents) -> Collection[Notification]:
    return cast("Collection[Notification]", db.notifications)
