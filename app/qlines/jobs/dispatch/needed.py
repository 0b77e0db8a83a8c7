"""Whether something that is due need still be said; pure."""

from datetime import datetime, timedelta

from qlines.jobs.dispatch.plan import MUTED_BY_PERSON, quiet_until
from qlines.messengers.message import CONFIRMATION
from qlines.store.alarm_document import AlarmDocument
from qlines.store.channels import Channel
from qlines.store.notification_settings import NotificationSettings
from qlines.store.notifications import Notification

# Whatever is due leaves within seconds, or is due again later. So much later only a QLines that did
# not run sends it, or one that was restored from a backup.
MAX_OVERDUE = timedelta(days=1)
NOT_NEEDED = "the alarm was over or acknowledged before that, or it is muted"
DELETED = "the alarm was deleted"
CHANNEL_OFF = "the channel is switched off"
UNCONFIRMED = "the receiver has not confirmed the address: the page of the channel says how"
CONFIRMED = "the address is confirmed already"
OVERDUE = "QLines did not send it for a day after it was due"
# How soon an escalation sees that a mute was lifted before its time.
LOOK_AGAIN = timedelta(minutes=1)
HELD_BACK = (
    "it is sent when the mute or the quiet hours are over, if nobody has acknowledged by then"
)


def held_back_until(
    one: Notification,
    alarm: AlarmDocument | None,
    channel: Channel,
    person: NotificationSettings,
    now: datetime,
) -> datetime | None:
    """Return when to look again at what nobody wants to hear now; None for no wait.

    An escalation is the last that calls somebody, and comes once: a mute must delay it and not end
    it. What waited in a backup was not planned for the quiet hours of now.
    """
    is_escalation = one["purpose"] == "escalation"
    if alarm is None or not _is_open(alarm) or not (is_escalation or one["purpose"] == "restored"):
        return None
    is_muted = any(_is_muted(by.get("muted_until"), now) for by in (alarm, person))
    if is_muted and is_escalation:
        return now + LOOK_AGAIN
    return None if is_muted else quiet_until(alarm["severity"], channel, person, now)


def reason_to_drop(
    one: Notification, alarm: AlarmDocument | None, person: NotificationSettings, now: datetime
) -> str:
    """Return why something that is due is not sent, "" when it is.

    *alarm* is the one that it is about, None without one or when that was deleted; *person* are the
    settings of the channel's owner.
    """
    if one["alarm"] and alarm is None:
        return DELETED
    if alarm and one["purpose"] != "event" and not _waits_for_people(alarm, now):
        return NOT_NEEDED
    if alarm and _is_muted(person["muted_until"], now):
        return MUTED_BY_PERSON
    is_active = alarm is not None and alarm["active"]
    return OVERDUE if now - one["due_at"] > MAX_OVERDUE and not is_active else ""


def _waits_for_people(alarm: AlarmDocument, now: datetime) -> bool:
    """Return whether nobody has cared about an alarm that is still active, or has muted it."""
    return _is_open(alarm) and not _is_muted(alarm.get("muted_until"), now)


def _is_open(alarm: AlarmDocument) -> bool:
    return alarm["active"] and "acknowledged_at" not in alarm


def _is_muted(until: datetime | None, now: datetime) -> bool:
    return until is not None and until > now


def reason_not_to_send(kind: str, channel: Channel) -> str:
    """Return why a channel, as it is, gets no message of this kind, "" when it does; pure."""
    if (kind == CONFIRMATION) != ("unconfirmed_since" in channel):
        return CONFIRMED if kind == CONFIRMATION else UNCONFIRMED
    return "" if channel["enabled"] or kind in ("test", CONFIRMATION) else CHANNEL_OFF
