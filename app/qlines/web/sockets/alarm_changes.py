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
MAX_WAIT_SECONDS = 0.5  # while alarms change all the time, and it is never quiet


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

    notify() gets the alarms that changed shortly after each other together.
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
        self._first_at = 0.0  # when the first of these came
        topic = Topic(changes_of, self._note, lambda owner: notify(owner, []), self._send)
        super().__init__(db, followed, clock, topic)

    def _note(self, event: Mapping[str, Any]) -> None:
        document, now = event["fullDocument"], self._clock.monotonic()
        if not self._changed:
            self._first_at = now
        alarms = self._changed.setdefault(str(document["owner"]), {})
        alarms[str(document["alarm"])] = None
        if len(alarms) >= MAX_IDS or now - self._first_at >= MAX_WAIT_SECONDS:
            self._send()

    def _send(self) -> None:
        changed, self._changed = self._changed, {}
        for owner, alarms in changed.items():
            self._notify(owner, list(alarms))
