"""What the owner of a channel reads when it was switched off; pure."""

from datetime import datetime

from qlines.store.channels import MAX_FAILING, Channel
from qlines.store.notifications import Notification, notice


def reason_of_days(sentence: str) -> str:
    """Return why a channel is off whose messages fail for days; *sentence* is the last one's."""
    return f"every message has failed for {MAX_FAILING.days} days, the last one because {sentence}"


def words(off: Channel, reason: str) -> tuple[str, str]:
    """Return subject and text of what the owner reads."""
    subject = f"the channel {off['name']} is switched off"
    text = (
        f"The channel {off['name']} ({off['type']}) gets no messages any more: {reason}. Correct it"
        " and switch it on again, or delete it."
    )
    return subject, text


def notices(off: Channel, others: list[Channel], reason: str, now: datetime) -> list[Notification]:
    """Return what the owner's other channels are sent about it."""
    subject, text = words(off, reason)
    return [
        notice(one["owner"], one["_id"], subject, text, now)
        for one in others
        if one["_id"] != off["_id"] and one["enabled"]
    ]
