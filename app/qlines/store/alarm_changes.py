"""What the evaluator does to alarms that are stored: pure, for alarm_commit.py.

A change is applied to the alarm's document as it is in the transaction, because people change
alarms too; it says how the document is updated and which event is inserted.
"""

from datetime import datetime
from typing import Any, NamedTuple, cast

from bson import ObjectId

from qlines.clients.mongodb import Document
from qlines.store.alarm_document import (
    AlarmDocument,
    Cause,
    Severity,
    cause_fields,
    end_fields,
    entry,
    happened,
    severity_fields,
    storable,
)
from qlines.store.alarm_events import AlarmEvent, event_document


class SeverityChange(NamedTuple):
    """The alarm has another severity since a reading at *ts* (µs), if one decided.

    *cause* is what made it so: the limit of another level, say.
    """

    alarm: ObjectId
    severity: Severity
    at: datetime
    ts: int | None
    cause: Cause | None = None


class Touch(NamedTuple):
    """How many times the alarm was true, and its last value with the time (µs) of its reading."""

    alarm: ObjectId
    times: int
    value: Any
    ts: int | None


class End(NamedTuple):
    """The alarm ended at *ended_at*, which is in the time of the readings; *at* is the server's.

    *touch* is how it was true until then, as far as that is not stored yet.
    """

    alarm: ObjectId
    ended_at: datetime
    at: datetime
    reason: str
    ts: int | None
    touch: Touch | None = None


class Release(NamedTuple):
    """The alarm is held back no longer: its gateway is back, and it is still true."""

    alarm: ObjectId
    at: datetime


Change = SeverityChange | End | Release


def apply(change: Change, alarm: AlarmDocument) -> tuple[AlarmDocument, AlarmEvent]:
    """Return the alarm after the change, and the event of it; the given document is not changed."""
    if isinstance(change, SeverityChange):
        fields = severity_fields(change.severity, alarm["highest"])
        if change.cause is not None:
            fields |= cause_fields(change.cause)
        line = entry("severity", change.at, ts=change.ts, severity=change.severity)
        changed = _changed(alarm, fields, line)
        return changed, event_document(changed, "severity", change.at, reading_ts=change.ts)
    if isinstance(change, End):
        fields = end_fields(change.ended_at, change.reason, change.ts)
        if change.touch is not None:
            fields |= touched(change.touch)
        line = entry("cleared", change.at, ts=change.ts, text=change.reason)
        changed = _changed(alarm, fields, line)
        return changed, event_document(changed, "cleared", change.at, reading_ts=change.ts)
    line = entry("raised", change.at, severity=alarm["severity"], text="its gateway is back")
    changed = _changed(alarm, {"held_back": False}, line)
    return changed, event_document(changed, "raised", change.at)


def touched(touch: Touch) -> Document:
    """Return the fields of an alarm that was true again."""
    return {"count": touch.times, "last_value": storable(touch.value), "last_ts": touch.ts}


def difference(before: AlarmDocument, after: AlarmDocument) -> Document:
    """Return the update that makes *after* of *before*."""
    old, new = cast("Document", before), cast("Document", after)
    return {"$set": {name: value for name, value in new.items() if old.get(name) != value}}


def _changed(alarm: AlarmDocument, fields: Document, line: Any) -> AlarmDocument:
    push = happened(line)["$push"]["events"]
    events = [*alarm["events"], *push["$each"]][push["$slice"] :]
    more = {**fields, "events": events, "event_count": alarm["event_count"] + 1}
    return cast("AlarmDocument", {**alarm, **more})
