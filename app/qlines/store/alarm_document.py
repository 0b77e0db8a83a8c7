"""The document of an alarm, in the collection ``alarms``: the one place that builds it.

An alarm is made when a rule becomes true for a device, and ends once. It has these states::

    active ▶ cleared      acknowledging is apart: an active alarm may be acknowledged or not,
    historic              and so may a cleared one

A historic alarm is over when it is made: late readings show that the rule was true.
"""

from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple, NotRequired, TypedDict, cast, get_args

import orjson
from bson import ObjectId
from pymongo.collection import Collection

from qlines.clients.mongodb import Document, Documents

Severity = Literal["critical", "major", "minor", "warning", "info"]
Status = Literal["active", "cleared", "historic"]
EventType = Literal["raised", "severity", "cleared", "acknowledged", "assigned", "commented"]
EntryType = EventType | Literal["muted"]  # of which nobody is sent a message

SEVERITIES: tuple[Severity, ...] = get_args(Severity)  # the most severe first
KEPT = timedelta(days=365)  # how long an alarm is stored after it has ended
MAX_EVENTS = 200  # of one alarm, the newest; a badly set rule may change an alarm endlessly
MAX_COMMENTS = 100
WITHOUT_HISTORY = {"events": 0, "comments": 0}  # of one alarm they may be a megabyte


class AlarmComment(TypedDict):
    """What a person wrote about an alarm; *by* is an e-mail address."""

    at: datetime
    by: str
    text: str


class AlarmEntry(TypedDict):
    """One line of an alarm's history; *ts* is the time of the reading in microseconds."""

    at: datetime
    type: EntryType
    ts: NotRequired[int]
    severity: NotRequired[Severity]
    by: NotRequired[str]
    text: NotRequired[str]


class AlarmDocument(TypedDict):
    """An alarm as MongoDB stores it.

    *rank* is the place of *severity* in SEVERITIES, so that an index can sort by it; *highest* is
    the most severe it has been. *started_at* and *ended_at* are in the time of the readings,
    *raised_at* in the server's. *key*, *value*, *limit*, *clear* and *what* say why it has its
    severity. *raised_ts*, *last_ts* and *ended_ts* are microseconds of readings,
    None where none decided. *event_count* counts what has happened to it and numbers the documents
    in ``alarm_events``. *held_back*: nobody is sent a message about it. *fence* is the number of
    the lease under which it was written.
    """

    _id: ObjectId
    owner: ObjectId
    device: ObjectId
    device_name: str
    rule: ObjectId
    rule_name: str
    rule_version: int
    severity: Severity
    rank: int
    highest: Severity
    active: bool
    historic: bool
    held_back: bool
    fence: int
    started_at: datetime
    raised_at: datetime
    raised_ts: int | None
    key: str | None
    value: Any
    limit: Any
    clear: Any
    what: str
    last_value: Any
    last_ts: int | None
    count: int
    comments: list[AlarmComment]
    events: list[AlarmEntry]
    event_count: int
    ended_at: NotRequired[datetime]
    ended_ts: NotRequired[int | None]
    end_reason: NotRequired[str]
    acknowledged_at: NotRequired[datetime]
    acknowledged_by: NotRequired[str]
    assignee: NotRequired[str]
    muted_until: NotRequired[datetime]


class Subject(NamedTuple):
    """What an alarm is about: a rule and a device, both of *owner*."""

    owner: ObjectId
    device: ObjectId
    device_name: str
    rule: ObjectId
    rule_name: str
    rule_version: int


class Cause(NamedTuple):
    """What made an alarm: the key whose *value* was beyond *limit*; it ends at *clear*.

    *reading_ts* is the time of the reading in microseconds, None when no reading decided; *what*
    says it in words, as an effect of the evaluation does.
    """

    key: str | None
    value: Any
    limit: Any
    clear: Any
    reading_ts: int | None
    what: str = ""


def alarm_document(
    subject: Subject,
    severity: Severity,
    cause: Cause,
    *,
    started_at: datetime,
    now: datetime,
    fence: int,
    held_back: bool = False,
    ended_at: datetime | None = None,
) -> AlarmDocument:
    """Return the document of a new alarm with its event ``raised``; pure.

    With *ended_at* it is a historic one: over already, and the event is ``raised`` anyway.
    """
    found = cause_fields(cause)
    document: AlarmDocument = {
        "_id": ObjectId(),
        "owner": subject.owner,
        "device": subject.device,
        "device_name": subject.device_name,
        "rule": subject.rule,
        "rule_name": subject.rule_name,
        "rule_version": subject.rule_version,
        "severity": severity,
        "rank": rank_of(severity),
        "highest": severity,
        "active": ended_at is None,
        "historic": ended_at is not None,
        "held_back": held_back,
        "fence": fence,
        "started_at": started_at,
        "raised_at": now,
        "raised_ts": cause.reading_ts,
        "key": found["key"],
        "value": found["value"],
        "limit": found["limit"],
        "clear": found["clear"],
        "what": found["what"],
        "last_value": found["value"],
        "last_ts": cause.reading_ts,
        "count": 1,
        "comments": [],
        "events": [entry("raised", now, ts=cause.reading_ts, severity=severity)],
        "event_count": 1,
    }
    if ended_at is not None:
        document |= {"ended_at": ended_at, "ended_ts": None, "end_reason": "reading"}
    return document


def cause_fields(cause: Cause) -> Document:
    """Return what an alarm says of what made it, or of what made its severity another one; pure."""
    return {
        "key": cause.key,
        "value": storable(cause.value),
        "limit": cause.limit,
        "clear": cause.clear,
        "what": cause.what,
    }


def storable(value: Any) -> Any:
    """Return a reading's value as an alarm stores it: an object or array as JSON; pure."""
    return orjson.dumps(value).decode() if isinstance(value, dict | list) else value


def entry(
    entry_type: EntryType,
    at: datetime,
    *,
    ts: int | None = None,
    severity: Severity | None = None,
    by: str | None = None,
    text: str | None = None,
) -> AlarmEntry:
    """Return a line of an alarm's history without the fields that are None; pure."""
    optional = {"ts": ts, "severity": severity, "by": by, "text": text}
    given = {name: value for name, value in optional.items() if value is not None}
    return cast("AlarmEntry", {"at": at, "type": entry_type, **given})


def happened(line: AlarmEntry) -> Document:
    """Return the operators of an update that add a line to an alarm and count it; pure.

    The number of its event (alarm_events.py) is the count after the update. A caller with operators
    ``$inc`` or ``$push`` of its own merges them.
    """
    return {
        "$push": {"events": {"$each": [line], "$slice": -MAX_EVENTS}},
        "$inc": {"event_count": 1},
    }


def counted(alarm: AlarmDocument) -> AlarmDocument:
    """Return the alarm with the number of the event that happens to it now; pure."""
    return {**alarm, "event_count": alarm["event_count"] + 1}


def severity_fields(severity: Severity, highest: Severity) -> Document:
    """Return what an alarm's new severity sets, given the highest before; pure."""
    most_severe = min(severity, highest, key=rank_of)
    return {"severity": severity, "rank": rank_of(severity), "highest": most_severe}


def end_fields(ended_at: datetime, reason: str, reading_ts: int | None = None) -> Document:
    """Return what the end of an alarm sets; pure."""
    return {"active": False, "ended_at": ended_at, "ended_ts": reading_ts, "end_reason": reason}


def rank_of(severity: Severity) -> int:
    """Return 0 for the most severe, 4 for the least; pure."""
    return SEVERITIES.index(severity)


def status_of(alarm: AlarmDocument) -> Status:
    """Return the status as people and the API name it; pure."""
    if alarm["historic"]:
        return "historic"
    return "active" if alarm["active"] else "cleared"


def named(alarm: AlarmDocument) -> str:
    """Return the alarm as audit lines name it; pure."""
    return f"the alarm {alarm['rule_name']!r} of {alarm['device_name']!r} ({alarm['_id']})"


def visible_to(owner: ObjectId, assignee: str = "") -> Document:
    """Return the query for alarms of *owner*, and those that are assigned to *assignee*; pure.

    That is the address of an admin, "" for anybody else.
    """
    if not assignee:
        return {"owner": owner}
    return {"$or": [{"owner": owner}, {"assignee": assignee}]}


def alarm_collection(db: Documents) -> Collection[AlarmDocument]:
    """Return the collection ``alarms`` with the type of its documents."""
    return cast("Collection[AlarmDocument]", db.alarms)
