"""Alarms as the API returns them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from marshmallow import Schema, fields

from qlines.evaluation.sentence import alarm_text, alarm_title
from qlines.store.alarm_document import SEVERITIES, AlarmDocument, AlarmEntry, status_of
from qlines.web.api.fields import one_of
from qlines.web.times import ms_of, ms_of_us

STATUSES = ("active", "cleared", "historic")


class AlarmEntrySchema(Schema):
    """What happened to an alarm at a time; `ts` is that of the reading which led to it."""

    at = fields.Integer()
    type = fields.String()
    ts = fields.Integer(allow_none=True)
    severity = fields.String(allow_none=True)
    by = fields.String(allow_none=True)
    text = fields.String(allow_none=True)


class AlarmCommentSchema(Schema):
    """What somebody has written about an alarm."""

    at = fields.Integer()
    by = fields.String()
    text = fields.String()


class AlarmRowSchema(Schema):
    """An alarm in a list.

    `started` and `ended` are in the time of the readings, `raised` in the server's. A `historic`
    alarm was over when late readings showed that the rule had been true. Until `muted_until` nobody
    is sent a message about the rule and the device, whichever of their alarms was muted. `limit`
    and `clear` are what the value was compared with; all five are null where a rule compares no
    value.
    """

    id = fields.String()
    device = fields.String()
    device_name = fields.String()
    rule = fields.String()
    rule_name = fields.String()
    status = one_of(*STATUSES)
    acknowledged = fields.Boolean()
    severity = one_of(*SEVERITIES)
    highest = one_of(*SEVERITIES)
    started = fields.Integer()
    raised = fields.Integer()
    ended = fields.Integer(allow_none=True)
    key = fields.String(allow_none=True)
    value = fields.Raw(allow_none=True)
    limit = fields.Raw(allow_none=True)
    clear = fields.Raw(allow_none=True)
    last_value = fields.Raw(allow_none=True)
    last_ts = fields.Integer(allow_none=True)
    count = fields.Integer()
    end_reason = fields.String(allow_none=True)
    acknowledged_at = fields.Integer(allow_none=True)
    acknowledged_by = fields.String(allow_none=True)
    assignee = fields.String(allow_none=True)
    muted_until = fields.Integer(allow_none=True)
    held_back = fields.Boolean(
        metadata={"description": "Nobody is sent a message, because the device's gateway is away."}
    )
    title = fields.String()
    text = fields.String()


class AlarmSchema(AlarmRowSchema):
    """An alarm with its comments, and the newest 200 entries of its history, oldest first.

    `true_now` is whether its rule is true at this moment, false while an active alarm only waits
    for `keep_for_seconds` to be over, null where that is not known.
    """

    true_now = fields.Boolean(allow_none=True)
    comments = fields.List(fields.Nested(AlarmCommentSchema))
    events = fields.List(fields.Nested(AlarmEntrySchema))


class AlarmPageSchema(Schema):
    """A page of alarms, and how many there are in all."""

    items = fields.List(fields.Nested(AlarmRowSchema))
    total = fields.Integer()
    page = fields.Integer()
    per_page = fields.Integer()


class AlarmCountSchema(Schema):
    """How many alarms are active, how many of these nobody acknowledged, the highest severity."""

    active = fields.Integer()
    unacknowledged = fields.Integer()
    highest = one_of(*SEVERITIES, allow_none=True)


def alarm_row(alarm: AlarmDocument) -> dict[str, Any]:
    """Return the alarm as AlarmRowSchema describes it."""
    return {
        "id": str(alarm["_id"]),
        "device": str(alarm["device"]),
        "device_name": alarm["device_name"],
        "rule": str(alarm["rule"]),
        "rule_name": alarm["rule_name"],
        "status": status_of(alarm),
        "acknowledged": "acknowledged_at" in alarm,
        "severity": alarm["severity"],
        "highest": alarm["highest"],
        "started": ms_of(alarm["started_at"]),
        "raised": ms_of(alarm["raised_at"]),
        "ended": _ms(alarm.get("ended_at")),
        "key": alarm["key"],
        "value": alarm["value"],
        "limit": alarm["limit"],
        "clear": alarm["clear"],
        "last_value": alarm["last_value"],
        "last_ts": None if alarm["last_ts"] is None else ms_of_us(alarm["last_ts"]),
        "count": alarm["count"],
        "end_reason": alarm.get("end_reason"),
        "acknowledged_at": _ms(alarm.get("acknowledged_at")),
        "acknowledged_by": alarm.get("acknowledged_by"),
        "assignee": alarm.get("assignee"),
        "muted_until": _ms(alarm.get("muted_until")),
        "held_back": alarm["held_back"],
        "title": alarm_title(alarm),
        "text": alarm_text(alarm),
    }


def alarm_json(alarm: AlarmDocument, *, true_now: bool | None) -> dict[str, Any]:
    """Return the alarm as AlarmSchema describes it."""
    comments = [{**comment, "at": ms_of(comment["at"])} for comment in alarm["comments"]]
    return {
        **alarm_row(alarm),
        "true_now": true_now,
        "comments": comments,
        "events": [_entry_json(line) for line in alarm["events"]],
    }


def _entry_json(line: AlarmEntry) -> Mapping[str, Any]:
    return {
        "at": ms_of(line["at"]),
        "type": line["type"],
        "ts": ms_of_us(line["ts"]) if "ts" in line else None,
        "severity": line.get("severity"),
        "by": line.get("by"),
        "text": line.get("text"),
    }


def _ms(moment: datetime | None) -> int | None:
    return None if moment is None else ms_of(moment)
