"""Whether something that is due need still be said; pure."""

from datetime import datetime, timedelta

from qlines.jobs.dispatch.plan import MUTED_BY_PERSON
from qlines.store.alarm_document import AlarmDocument
from qlines.store.notification_settings import NotificationSettings
from qlines.store.notifications import Notification

# Whatever is due leaves within seconds, or is due again later. So much later only a QLines that did
# not run sends it, or one that was restored from a backup.
MAX_OVERDUE = timedelta(days=1)
NOT_NEEDED = "the alarm was over or acknowledged before that, or it is muted"
DELETED = "the alarm was deleted"
OVERDUE = "QLines did not send it for a day after it was due"


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
    if alarm and person["muted_until"] and person["muted_until"] > now:
        return MUTED_BY_PERSON
    is_active = alarm is not None and alarm["active"]
    return OVERDUE if now - one["due_at"] > MAX_OVERDUE and not is_active else ""


def _waits_for_people(alarm: AlarmDocument, now: datetime) -> bool:
    """Return whether nobody has cared about an alarm that is still active, or has muted it."""
    muted_until = alarm.get("muted_until")
    is_muted = muted_until is not None and muted_until > now
    return alarm["active"] and "acknowledged_at" not in alarm and not is_muted
