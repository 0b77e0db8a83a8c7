"""What has happened to alarms, for those who send messages: the collection ``alarm_events``.

An event is inserted in the transaction that changes its alarm, so there is one for each change and
none without one. The program that makes messages of it marks it planned, in the transaction that
inserts them: so each event is planned once.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import TypedDict, TypeVar, cast

from bson import ObjectId
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from qlines.clients.mongodb import Document, Documents, raising_unavailable
from qlines.store.alarm_document import AlarmDocument, EventType, Severity

KEPT = timedelta(days=90)
MAX_OTHER_OWNERS = 20  # who are planned together with the storm of another one

About = TypeVar("About")


class AlarmEvent(TypedDict):
    """An event as MongoDB stores it; *quiet*: nobody is sent a message about it.

    *_id* is the alarm's id, a colon and the event's number in the alarm, from 1. *reading_ts* is
    the time of the reading in microseconds, None where none decided.
    """

    _id: str
    alarm: ObjectId
    owner: ObjectId
    device: ObjectId
    rule: ObjectId
    type: EventType
    severity: Severity
    at: datetime
    reading_ts: int | None
    quiet: bool
    planned: bool


def event_document(
    alarm: AlarmDocument,
    event_type: EventType,
    at: datetime,
    *,
    reading_ts: int | None = None,
    quiet: bool = False,
) -> AlarmEvent:
    """Return the event of the last change of *alarm*, which is the alarm after that change; pure.

    It is quiet also when the alarm is historic or held back.
    """
    return {
        "_id": f"{alarm['_id']}:{alarm['event_count']}",
        "alarm": alarm["_id"],
        "owner": alarm["owner"],
        "device": alarm["device"],
        "rule": alarm["rule"],
        "type": event_type,
        "severity": alarm["severity"],
        "at": at,
        "reading_ts": reading_ts,
        "quiet": quiet or alarm["historic"] or alarm["held_back"],
        "planned": False,
    }


def insert_in_session(db: Documents, session: ClientSession, events: Sequence[AlarmEvent]) -> None:
    """Insert the events of the alarms that are changed in the same transaction."""
    if events:
        event_collection(db).insert_many(events, session=session)


@raising_unavailable()
def unplanned(db: Documents, limit: int) -> list[AlarmEvent]:
    """Return the oldest events of which nobody has made messages yet, in_order().

    With so many that there may be more, also the oldest ones of some owners of whom none is among
    these: they need not wait for the storm of another one.
    """
    found = _oldest(db, {"planned": False}, limit)
    if len(found) < limit:
        return in_order(found, lambda event: event["_id"])
    known = list({event["owner"] for event in found})
    others = event_collection(db).distinct("owner", {"planned": False, "owner": {"$nin": known}})
    for owner in others[:MAX_OTHER_OWNERS]:
        found += _oldest(db, {"planned": False, "owner": owner}, limit // MAX_OTHER_OWNERS)
    return in_order(found, lambda event: event["_id"])


def number_of(event: str) -> int:
    """Return the number of an event in its alarm, by its id; 0 for the id "" of none; pure."""
    return int(event.rpartition(":")[2] or 0)


def in_order(found: Iterable[About], event_of: Callable[[About], str]) -> list[About]:
    """Return them as they are, but those of one alarm by the numbers of their events; pure.

    Several events are of the same millisecond, and after a takeover the clock of another machine
    dates them: by that an alarm could end before it was raised. *event_of* returns an event's id.
    """
    by_alarm: defaultdict[str, list[About]] = defaultdict(list)
    alarms = []
    for one in found:
        alarms.append(event_of(one).rpartition(":")[0])
        by_alarm[alarms[-1]].append(one)
    turns = {
        alarm: iter(sorted(those, key=lambda one: number_of(event_of(one))))
        for alarm, those in by_alarm.items()
    }
    return [next(turns[alarm]) for alarm in alarms]


def _oldest(db: Documents, query: Document, limit: int) -> list[AlarmEvent]:
    found = event_collection(db).find(query)
    return list(found.sort([("at", 1), ("_id", 1)]).limit(limit))


def mark_planned(db: Documents, ids: Sequence[str], session: ClientSession) -> None:
    """Note that the messages about these events are made, in the transaction that makes them."""
    event_collection(db).update_many(
        {"_id": {"$in": list(ids)}}, {"$set": {"planned": True}}, session=session
    )


def event_collection(db: Documents) -> Collection[AlarmEvent]:
    """Return the collection ``alarm_events`` with the type of its documents."""
    return cast("Collection[AlarmEvent]", db.alarm_events)
