"""What people read about alarms: one message about one of them, or one about many; pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bson import ObjectId

from qlines.evaluation.sentence import alarm_text, alarm_title
from qlines.jobs.dispatch.next_message import Outgoing
from qlines.messengers.message import Message, one_line
from qlines.store.alarm_document import AlarmDocument, rank_of
from qlines.store.notifications import Notification

MAX_LINES = 200  # of one message; the page has all of them
UTC = "UTC"
LIST_PATH = "/alarms"
CHANNELS_PATH = "/account/notifications"
BEGINNINGS = {
    "alarm.raised": "",
    "alarm.severity": "More severe: ",
    "alarm.cleared": "Over: ",
    "alarm.assigned": "Assigned to you: ",
    "alarm.escalation": "Not acknowledged: ",
    "alarm.reminder": "Still active: ",
    "alarm.restored": "Active after a restore: ",
}


def message_of(
    outgoing: Outgoing,
    alarms: Mapping[ObjectId, AlarmDocument],
    rules: Mapping[ObjectId, Mapping[str, Any]],
    zone: str,
    public_url: str,
    reply_to: str = "",
) -> Message:
    """Return the message about some notifications.

    *alarms* may lack those that were deleted since; *rules* are by id, those that there are.
    *public_url* is the address that people open in the browser, without a slash at its end.
    """
    first, zone = outgoing.notifications[0], known_zone(zone)
    if "subject" in first:
        return Message(
            outgoing.id, first["type"], first["subject"], first.get("text", ""), first["at"],
            path=CHANNELS_PATH,
        )  # fmt: skip
    known = [one for one in outgoing.notifications if one["alarm"] in alarms]
    if len(known) == 1:
        alarm = alarms[_alarm_of(known[0])]
        return _of_one(outgoing.id, known[0], alarm, rules.get(alarm["rule"], {}), zone, reply_to)
    return _of_many(outgoing.id, known, first["at"], alarms, zone, public_url, reply_to)


def _of_one(
    message_id: str,
    notification: Notification,
    alarm: AlarmDocument,
    rule: Mapping[str, Any],
    zone: str,
    reply_to: str,
) -> Message:
    kind = notification["type"]
    return Message(
        message_id,
        kind,
        title_of(notification, alarm),
        alarm_text(alarm, str(rule.get("message", "")), zone),
        notification["at"],
        severity=notification["severity"],
        topic=str(alarm["_id"]),
        reply_to=reply_to,
        path=f"{LIST_PATH}/{alarm['_id']}",
        data={"alarms": [data_of(notification, alarm)]},
    )


def without_content(message: Message) -> Message:
    """Return what a browser shows in which nobody is signed in any more: only that there is one."""
    return message._replace(
        type="notice",  # others can be acknowledged where they are shown
        title="QLines has a message for you",
        text="Sign in to read it: your session in this browser has expired.",
        data={},
    )


def title_of(notification: Notification, alarm: AlarmDocument) -> str:
    """Return what has happened in one line."""
    beginning = BEGINNINGS[notification["type"]]
    return f"{beginning}{alarm_title(alarm)} ({notification['severity']})"


def _of_many(
    message_id: str,
    known: Sequence[Notification],
    at: datetime,
    alarms: Mapping[ObjectId, AlarmDocument],
    zone: str,
    public_url: str,
    reply_to: str,
) -> Message:
    """Return a message about several events; of one alarm's events it has one line.

    The receiver's list has no alarms of others that were assigned to them: each line about one has
    its link.
    """
    by_alarm: dict[ObjectId, list[Notification]] = {}
    for one in known:
        by_alarm.setdefault(_alarm_of(one), []).append(one)
    lines = [_line(events, alarms[alarm], zone, public_url) for alarm, events in by_alarm.items()]
    rest = len(lines) - MAX_LINES
    if rest > 0:
        lines = [*lines[:MAX_LINES], f"and {rest} more, which the page shows"]
    ids = list(by_alarm)
    only = alarms[ids[0]] if len(ids) == 1 else None
    has_no_own = all(_is_of_another(one, alarms[_alarm_of(one)]) for one in known)
    return Message(
        message_id,
        "alarm.digest",
        _count(known, by_alarm, alarms) if only is None else title_of(known[-1], only),
        "\n".join(lines),
        at,
        severity=min((one["severity"] for one in known), key=_rank, default=""),
        topic=str(only["_id"]) if only else "",
        reply_to=reply_to if only else "",
        path=f"{LIST_PATH}/{ids[0]}" if ids and (only or has_no_own) else LIST_PATH,
        data={"alarms": [data_of(events[-1], alarms[alarm]) for alarm, events in by_alarm.items()]},
    )


def _count(
    known: Sequence[Notification],
    by_alarm: Mapping[ObjectId, Sequence[Notification]],
    alarms: Mapping[ObjectId, AlarmDocument],
) -> str:
    active = sum(alarms[alarm]["active"] for alarm in by_alarm)
    rules = {one_line(alarms[alarm]["rule_name"]) for alarm in by_alarm}
    of_rule = f" of {next(iter(rules))}" if len(rules) == 1 else ""
    is_restored = all(one["purpose"] == "restored" for one in known)
    after = " after a restore" if is_restored else ""
    count = len(by_alarm)
    return f"{count} alarms{of_rule}, {'all' if active == count else active} still active{after}"


def _line(events: Sequence[Notification], alarm: AlarmDocument, zone: str, public_url: str) -> str:
    """Return one line about an alarm; one that has ended says from when to when it was active."""
    line = title_of(events[-1], alarm)
    started, ended_at = moment(alarm["started_at"], zone), alarm.get("ended_at")
    link = f": {public_url}{LIST_PATH}/{alarm['_id']}" if _is_of_another(events[-1], alarm) else ""
    if ended_at is None:
        return f"{line}, since {started}{link}"
    return f"{line}, it was active from {started} to {moment(ended_at, zone)}{link}"


def _is_of_another(notification: Notification, alarm: AlarmDocument) -> bool:
    """Return whether the alarm is not the receiver's own: it was assigned to them."""
    return notification["owner"] != alarm["owner"]


def moment(at: datetime, zone: str) -> str:
    """Return a time as the person's clock shows it, with the name of the zone."""
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S} ({zone})"


def known_zone(name: str) -> str:
    """Return the zone of a person, UTC for none and for one that only browsers know."""
    try:
        return ZoneInfo(name or UTC).key
    except (ZoneInfoNotFoundError, ValueError):
        return UTC


def data_of(notification: Notification, alarm: AlarmDocument) -> dict[str, Any]:
    """Return what a program is given about one alarm; times are ISO 8601, in UTC."""
    ended_at = alarm.get("ended_at")
    return {
        "id": str(alarm["_id"]), "event": notification["type"],
        "severity": notification["severity"],
        "rule": str(alarm["rule"]), "rule_name": alarm["rule_name"],
        "device": str(alarm["device"]), "device_name": alarm["device_name"],
        "key": alarm["key"], "value": alarm["value"], "limit": alarm["limit"],
        "active": alarm["active"], "started": alarm["started_at"].isoformat(),
        "ended": ended_at.isoformat() if ended_at else None,
    }  # fmt: skip


def _alarm_of(notification: Notification) -> ObjectId:
    alarm = notification["alarm"]
    assert alarm is not None
    return alarm


def _rank(severity: Any) -> int:
    return rank_of(severity)
