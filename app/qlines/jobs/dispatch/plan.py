"""Which channels are to have which messages about an event of an alarm; pure.

=============  ====================================================================================
event          who is sent a message
=============  ====================================================================================
raised         the rule's channels, or its owner's defaults; later those of an escalation, and
               reminders, if it is still so then
severity       likewise, when it rises, and who has a message about it; nobody when it falls
cleared        the channels that have a message about the alarm, or are to have one
assigned       the default channels of the person
others         nobody
=============  ====================================================================================

Of what was before a restore of MongoDB one message some minutes later has what is still active.
What is not sent because of a setting is kept as dropped, with the reason, for the delivery log.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from bson import ObjectId

from qlines.evaluation.durations import duration
from qlines.jobs.dispatch.batching import MINUTE, Slot, slot_for
from qlines.jobs.dispatch.before_restore import is_before
from qlines.store import restored
from qlines.store.alarm_document import AlarmDocument, rank_of
from qlines.store.alarm_events import AlarmEvent, number_of
from qlines.store.channels import Channel
from qlines.store.notification_settings import NotificationSettings
from qlines.store.notifications import Batch, Notification, Purpose
from qlines.store.quiet_hours import end_of

MUTED, MUTED_BY_PERSON = "the alarm is muted", "you have muted all alarms"
CRITICAL = "critical"


class Known(NamedTuple):
    """What planning one event needs to know.

    *rule* is its document, None when it was removed; *tag* is the device's, "" for none. *person*
    are the settings of the owner. *earlier* are the notifications about the alarm. *last_end* and
    *muted_until* are those of other alarms of the same rule and device. *assignee_channels* and
    *assignee* are channels and settings of the person it is assigned to. *restored_at* is when
    MongoDB was restored last, None for never.
    """

    alarm: AlarmDocument
    rule: Mapping[str, Any] | None
    tag: str
    channels: Sequence[Channel]
    person: NotificationSettings
    earlier: Sequence[Notification]
    last_end: datetime | None
    muted_until: datetime | None
    assignee_channels: Sequence[Channel]
    assignee: NotificationSettings | None
    restored_at: datetime | None = None


class Slots:
    """The messages of each channel that have left within a minute, or are still to leave.

    Those that are due only if the alarm is still so then are apart: a minute of the future fills up
    by itself.
    """

    def __init__(self, planned: Iterable[Batch]) -> None:
        self._of_channel: dict[tuple[ObjectId, bool], dict[str, Slot]] = {}
        for one in planned:
            slot = Slot(one["batch"], one["group"], one["planned_for"])
            self.add(one["channel"], slot, is_later=one["purpose"] != "event")

    def of(self, channel: ObjectId, *, is_later: bool = False) -> Iterable[Slot]:
        """Return those of a channel."""
        return self._of_channel.get((channel, is_later), {}).values()

    def add(self, channel: ObjectId, slot: Slot, *, is_later: bool = False) -> None:
        """Add one, or the same again."""
        self._of_channel.setdefault((channel, is_later), {})[slot.batch] = slot


def plan(event: AlarmEvent, known: Known, slots: Slots, now: datetime) -> list[Notification]:
    """Return the notifications of an event, and add their slots to *slots*."""
    if event["quiet"]:
        return []
    if known.restored_at and is_before(event, known.alarm, known.rule, known.restored_at):
        return _of_restored(event, known, known.restored_at, slots, now)
    if event["type"] == "raised":
        return _of_raise(event, known, slots, now)
    if event["type"] == "severity" and is_rise(event, known.alarm):
        chosen = _targets((known.rule or {}).get("channels"), known.channels)
        receivers = {one["_id"]: one for one in (*chosen, *_channels_with_message(known))}
        return _each(
            event, receivers.values(), _reason_to_drop(event, known, now), known, slots, now
        )
    if event["type"] == "cleared":
        targets = _channels_with_message(known)
        return _each(event, targets, _mute(known, now), known, slots, now)
    if event["type"] == "assigned":
        return _each(event, _enabled(known.assignee_channels), "", known, slots, now)
    return []


def is_rise(event: AlarmEvent, alarm: AlarmDocument) -> bool:
    """Return whether the severity is higher than it was before the event.

    By its number: what several readings of one message changed happened at the same time.
    """
    number = number_of(event["_id"])
    oldest = alarm["event_count"] - len(alarm["events"]) + 1
    before = [
        line["severity"]
        for line in alarm["events"][: max(0, number - oldest)]
        if "severity" in line and line["type"] in ("raised", "severity")
    ]
    return not before or rank_of(event["severity"]) < rank_of(before[-1])


def _of_raise(event: AlarmEvent, known: Known, slots: Slots, now: datetime) -> list[Notification]:
    targets = _targets((known.rule or {}).get("channels"), known.channels)
    made = _each(event, targets, _reason_to_drop(event, known, now), known, slots, now)
    return made if _cool_down(event, known) else made + _of_later(event, targets, known, slots, now)


def _of_restored(
    event: AlarmEvent, known: Known, restored_at: datetime, slots: Slots, now: datetime
) -> list[Notification]:
    """Return what is said later of an alarm that is raised again, if it is still active then."""
    if event["type"] != "raised":
        return []
    targets = _targets((known.rule or {}).get("channels"), known.channels)
    reason = _mute(known, now)
    if reason:
        made = _each(event, targets, reason, known, slots, now)
    else:
        moment = restored.digest_at(restored_at, now)
        made = [_in_digest(event, one, moment, known, now) for one in targets]
    return made + _of_later(event, targets, known, slots, now)


def _in_digest(
    event: AlarmEvent, channel: Channel, moment: datetime, known: Known, now: datetime
) -> Notification:
    until = quiet_until(event["severity"], channel, known.person, moment)
    slot = Slot(restored.batch_of(moment), restored.GROUP, moment)
    one = _notification(event, channel, f"{event['_id']}:{channel['_id']}:restored", now)
    return {
        **one, "purpose": "restored", "type": restored.TYPE,
        **_in_slot(_slot_after(until, channel) if until else slot),
    }  # fmt: skip


def _of_later(
    event: AlarmEvent,
    targets: Sequence[Channel],
    known: Known,
    slots: Slots,
    now: datetime,
) -> list[Notification]:
    """Return the escalation and the first reminder of an alarm that begins.

    Also of a muted one: the mute may be over by then, and otherwise it delays them (needed.py).
    """
    rule = known.rule or {}
    made: list[Notification] = []
    escalation = rule.get("escalation")
    if escalation:
        after = timedelta(seconds=escalation["after_seconds"])
        escalated = _targets(escalation["channels"], known.channels)
        made += [
            _later(event, one, "escalation", now + after, known, slots, now) for one in escalated
        ]
    if seconds := rule.get("reminder_seconds"):
        due_at = now + timedelta(seconds=seconds)
        made += [_later(event, one, "reminder", due_at, known, slots, now) for one in targets]
    return made


def next_reminder(before: Notification, slot: Slot, now: datetime) -> Notification:
    """Return the reminder after this one; of the same two there is one."""
    name, _, number = before["_id"].rpartition("-")
    made_id = f"{name}-{int(number) + 1}"
    return {**_blank(before), "_id": made_id, "created_at": now, **_in_slot(slot)}


def _blank(before: Notification) -> Notification:
    """Return a notification without what has become of it."""
    fresh = before.copy()
    for name in ("message", "ended_at"):
        fresh.pop(name, None)  # type: ignore[misc]  # its keys are literals to mypy
    return {**fresh, "state": "waiting", "attempts": 0, "reason": "", "log": [], "open": True}


def _targets(chosen: Sequence[Any] | None, channels: Sequence[Channel]) -> list[Channel]:
    """Return the channels of a rule: those that it names, or the default ones when that is null.

    They are the default ones also when none of those that it names is there any more: an alarm must
    not go nowhere because somebody has signed out in the browser that was to show it.
    """
    names = {str(channel) for channel in chosen or ()}
    named = [one for one in channels if str(one["_id"]) in names]
    if chosen is None or (names and not named):
        return [one for one in _enabled(channels) if one["default"]]
    return _enabled(named)


def _enabled(channels: Iterable[Channel]) -> list[Channel]:
    return [one for one in channels if one["enabled"]]


def _channels_with_message(known: Known) -> list[Channel]:
    """Return the channels that had, or are to have, a message about the alarm."""
    has_some = {
        one["channel"]
        for one in known.earlier
        if one["state"] != "dropped"
        and (one["purpose"] in ("event", "restored") or one["state"] == "sent")
        and one["type"] != "alarm.assigned"
    }
    return [one for one in _enabled(known.channels) if one["_id"] in has_some]


def _reason_to_drop(event: AlarmEvent, known: Known, now: datetime) -> str:
    """Return why nobody is to be sent this, "" when somebody is."""
    return _mute(known, now) or _cool_down(event, known)


def _cool_down(event: AlarmEvent, known: Known) -> str:
    seconds = (known.rule or {}).get("cool_down_seconds", 0)
    if not seconds or known.last_end is None:
        return ""
    if event["at"] - known.last_end >= timedelta(seconds=seconds):
        return ""
    cool_down = duration(seconds)
    return f"the last alarm of this rule and device ended less than {cool_down} before (cool-down)"


def _mute(known: Known, now: datetime) -> str:
    for until in (known.alarm.get("muted_until"), known.muted_until):
        if until and until > now:
            return MUTED
    muted_until = known.person["muted_until"]
    return MUTED_BY_PERSON if muted_until and muted_until > now else ""


def _each(
    event: AlarmEvent,
    targets: Iterable[Channel],
    reason: str,
    known: Known,
    slots: Slots,
    now: datetime,
) -> list[Notification]:
    made: list[Notification] = []
    for channel in targets:
        one = _notification(event, channel, f"{event['_id']}:{channel['_id']}", now)
        if reason:
            one.pop("open")
            made.append({**one, "state": "dropped", "reason": reason, "ended_at": now})
            continue
        slot = _slot(event, channel, one["_id"], known, slots, now)
        slots.add(channel["_id"], slot)
        held = [
            other["due_at"]
            for other in known.earlier
            if other["channel"] == channel["_id"] and _is_tried_again(other, now)
        ]
        made.append(
            {
                **one, "group": slot.group, "batch": slot.batch, "planned_for": slot.leaves_at,
                "due_at": max([slot.leaves_at, *held]),
            }
        )  # fmt: skip
    return made


def _is_tried_again(one: Notification, now: datetime) -> bool:
    """Return whether one waits because its receiver did not answer, and for nothing else."""
    return bool(one["attempts"] and one.get("open") and one["planned_for"] <= now)


def _slot(
    event: AlarmEvent, channel: Channel, name: str, known: Known, slots: Slots, now: datetime
) -> Slot:
    is_assigned = event["type"] == "assigned"
    person = (known.assignee if is_assigned else None) or known.person
    until = quiet_until(event["severity"], channel, person, now)
    if until:
        return _slot_after(until, channel)
    group = name if is_assigned else f"{event['rule']}:{known.tag}"
    return slot_for(name, group, slots.of(channel["_id"]), now, is_rise=event["type"] == "severity")


def quiet_until(
    severity: str, channel: Channel, person: NotificationSettings, moment: datetime
) -> datetime | None:
    """Return when the quiet hours end by which a message has to wait; None for a critical one."""
    if severity == CRITICAL:
        return None
    return end_of(channel["quiet_hours"] or person["quiet_hours"], moment)


def _slot_after(quiet_until: datetime, channel: Channel) -> Slot:
    batch = f"quiet:{quiet_until.isoformat()}:{channel['_id']}"
    return Slot(batch, batch, quiet_until)


def _later(
    event: AlarmEvent,
    channel: Channel,
    purpose: Purpose,
    due_at: datetime,
    known: Known,
    slots: Slots,
    now: datetime,
) -> Notification:
    """Return what is sent only if the alarm is still active and not acknowledged then."""
    made_id = f"{event['_id']}:{channel['_id']}:{purpose}-1"
    group, severity = f"{purpose}:{event['rule']}", event["severity"]
    slot = later_slot(made_id, group, severity, channel, known.person, slots, due_at)
    return {
        **_notification(event, channel, made_id, now), "purpose": purpose,
        "type": f"alarm.{purpose}", **_in_slot(slot),
    }  # fmt: skip


def later_slot(
    name: str,
    group: str,
    severity: str,
    channel: Channel,
    person: NotificationSettings,
    slots: Slots,
    due_at: datetime,
) -> Slot:
    """Return the slot of what is due later, and add it to *slots*: a storm is a digest then too."""
    until = quiet_until(severity, channel, person, due_at)
    if until:
        slot = _slot_after(until, channel)
    else:
        taken = slots.of(channel["_id"], is_later=True)
        near = [one for one in taken if abs(one.leaves_at - due_at) <= MINUTE]
        slot = slot_for(name, group, near, due_at)
    slots.add(channel["_id"], slot, is_later=True)
    return slot


def _in_slot(slot: Slot) -> Any:
    """Return the fields of what leaves with a slot; what it says is so at that time."""
    at = slot.leaves_at
    return {"group": slot.group, "batch": slot.batch, "planned_for": at, "due_at": at, "at": at}


def _notification(event: AlarmEvent, channel: Channel, made_id: str, now: datetime) -> Notification:
    return {
        "_id": made_id, "owner": channel["owner"], "channel": channel["_id"],
        "alarm": event["alarm"], "event": event["_id"], "kind": "alarm", "purpose": "event",
        "type": f"alarm.{event['type']}", "severity": event["severity"], "group": made_id,
        "batch": made_id, "at": event["at"], "state": "waiting", "planned_for": now,
        "due_at": now, "created_at": now, "attempts": 0, "reason": "", "log": [], "open": True,
    }  # fmt: skip
