"""Switch a channel off, and what its owner reads about it."""

from datetime import datetime

from qlines.clients.mongodb import Documents
from qlines.store import channels, notifications
from qlines.store.channels import MAX_FAILING, Channel
from qlines.store.notifications import Notification, State, notice


def switch_off(db: Documents, channel: Channel, reason: str, state: State, now: datetime) -> bool:
    """Switch a channel off and end all that it was to have as *state*.

    Return whether its owner has other channels, which are sent why.
    """
    channels.switch_off(db, channel, reason)
    notifications.end_all(db, channel["_id"], state, reason, now)
    made = notices(channel, channels.of_owner(db, channel["owner"]), reason, now)
    for one in made:
        notifications.add(db, one)
    return bool(made)


def reason_of_days(sentence: str) -> str:
    """Return why a channel is off whose messages fail for days, the last one for this; pure."""
    return f"every message has failed for {MAX_FAILING.days} days, the last one because {sentence}"


def words(off: Channel, reason: str) -> tuple[str, str]:
    """Return subject and text of what the owner reads."""
    subject = f"The channel {off['name']} is switched off"
    text = (
        f"The channel {off['name']} gets no messages any more: {reason}. Correct it"
        " and switch it on again, or delete it."
    )
    return subject, text


def notices(off: Channel, others: list[Channel], reason: str, now: datetime) -> list[Notification]:
    """Return what the owner's other channels are sent about it."""
    subject, text = words(off, reason)
    return [
        notice(one["owner"], one["_id"], subject, text, now)
        for one in others
        if one["_id"] != off["_id"] and channels.is_served(one)
    ]
