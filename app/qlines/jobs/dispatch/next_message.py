"""Which notifications of a channel leave as the next message; pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from bson import ObjectId

from qlines.store.alarm_events import in_order
from qlines.store.notifications import Notification

# Of one message: 10,000 devices that fall silent are one. What is beyond is the next one.
MAX_NOTIFICATIONS = 10_000


class Outgoing(NamedTuple):
    """A message: its id, the same in every attempt, and what it is about, the oldest first."""

    id: str
    notifications: list[Notification]

    @property
    def ids(self) -> list[str]:
        """Return the ids of the notifications."""
        return [one["_id"] for one in self.notifications]

    @property
    def alarms(self) -> list[ObjectId]:
        """Return the ids of the alarms, each once."""
        found = (one["alarm"] for one in self.notifications)
        return list(dict.fromkeys(alarm for alarm in found if alarm))

    @property
    def is_begun(self) -> bool:
        """Return whether the receiver may have it already."""
        return "message" in self.notifications[0]

    @property
    def batch(self) -> str:
        """Return the batch to which all of it belongs, unless it is begun."""
        return self.notifications[0]["batch"]

    @property
    def failed_attempts(self) -> int:
        """Return how many attempts have failed."""
        return max(one["attempts"] for one in self.notifications)


def next_message(unfinished: Sequence[Notification], now: datetime) -> Outgoing | None:
    """Return the message that has been due for longest, None when none is.

    One that was begun keeps its id and what it was about, because the receiver may have it: who was
    killed after sending it could not note that. One that joined its batch too late is a message of
    its own.
    """
    due = [one for one in unfinished if one["due_at"] <= now]
    if not due:
        return None
    first = min(due, key=lambda one: (one["due_at"], one["at"], one["_id"]))
    if "message" in first:
        same = [one for one in unfinished if one.get("message") == first["message"]]
        return Outgoing(first["message"], in_order(same, lambda one: one["event"]))
    batch = [one for one in due if one["batch"] == first["batch"] and "message" not in one]
    oldest = sorted(batch, key=lambda one: (one["at"], one["_id"]))[:MAX_NOTIFICATIONS]
    ordered = in_order(oldest, lambda one: one["event"])
    return Outgoing(ordered[0]["_id"], ordered)
