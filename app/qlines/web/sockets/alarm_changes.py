"""Notify every page of an owner that alarms have changed.

Each change of an alarm inserts an event (store/alarm_events.py), and so says it here too.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from bson import ObjectId

from qlines.clients.mongodb import Document, Documents
from qlines.clock import Clock
from qlines.redis_names import owner_room
from qlines.web.extensions import sockets
from qlines.web.sockets.change_stream import ChangeStream, Topic

MAX_IDS = 200  # in one message; of a storm of alarms there are several
# Between two messages to an owner whose alarms change all the time.
PAUSE_SECONDS = 0.5


def notify_owner(owner: str, alarms: list[str]) -> None:
    """Send the event ``alarms`` to the pages of the owner, those of this process only.

    Without alarms it says that any of them may have changed.
    """
    sockets.emit("alarms", {"changed": alarms}, to=owner_room(owner), ignore_queue=True)


def changes_of(owners: Iterable[str]) -> list[Document]:
    """Return the pipeline of a change stream of the events of these owners' alarms only; pure."""
    ids = [ObjectId(owner) for owner in sorted(owners)]
    of_owners = {
        "ns.coll": "alarm_events", "operationType": "insert", "fullDocument.owner": {"$in": ids},
    }  # fmt: skip
    return [
        {"$match": of_owners},
        {"$project": {"fullDocument.alarm": 1, "fullDocument.owner": 1}},
    ]


class AlarmChanges(ChangeStream):
    """Follows the owners that followed() returns.

    notify() gets a change at once, and those that follow it shortly together.
    """

    def __init__(
        self,
        db: Documents,
        followed: Callable[[], set[str]],
        clock: Clock,
        notify: Callable[[str, list[str]], None] = notify_owner,
    ) -> None:
        self._notify = notify
        self._changed: dict[str, dict[str, None]] = {}  # owner ▶ alarms, each once, in order
        self._notified_at: dict[str, float] = {}  # the owners of the last PAUSE_SECONDS
        topic = Topic(changes_of, self._note, lambda owner: notify(owner, []), self._send_all)
        super().__init__(db, followed, clock, topic)

    def _note(self, event: Mapping[str, Any]) -> None:
        document, now = event["fullDocument"], self._clock.monotonic()
        self._changed.setdefault(str(document["owner"]), {})[str(document["alarm"])] = None
        recent = {owner: at for owner, at in self._notified_at.items() if now - at < PAUSE_SECONDS}
        self._notified_at = recent
        for owner, alarms in list(self._changed.items()):
            if owner not in recent or len(alarms) >= MAX_IDS:
                self._send(owner, now)

    def _send(self, owner: str, now: float) -> None:
        self._notified_at[owner] = now
        self._notify(owner, list(self._changed.pop(owner)))

    def _send_all(self) -> None:
        now = self._clock.monotonic()
        for owner in list(self._changed):
            self._send(owner, now)
