"""Wait until something has happened to an alarm, or was put into the outbox, wherever that was.

A change stream, because a program of another node may have written it, and because looking ten
times a second would cost CPU all day.
"""

from typing import Any

from pymongo.errors import OperationFailure

from qlines.clients.mongodb import Document, Documents, raising_unavailable

AWAIT_MS = 1_000


class OutboxWatch:
    """Call `wait` between two looks at the collections."""

    def __init__(self, db: Documents) -> None:
        self._db = db
        self._stream: Any = None

    def wait(self) -> None:
        """Return when it is time to look: at once after a change, or after a second.

        One change closes the stream, and the next call opens it again and returns: so a thousand
        changes are two looks, and what came in between is seen by the second. Raise
        StoreUnavailableError in an outage.
        """
        with raising_unavailable():
            if self._stream is None:
                self._stream = self._db.watch(pipeline(), max_await_time_ms=AWAIT_MS)
                return
            try:
                is_changed = self._stream.try_next() is not None
            except OperationFailure:  # MongoDB has lost its place: looking again makes up for it
                is_changed = True
            if is_changed:
                self.close()

    def close(self) -> None:
        """End the stream."""
        if self._stream is not None:
            self._stream.close()
            self._stream = None


def pipeline() -> list[Document]:
    """Return what the server filters by: without what the dispatcher itself inserts."""
    of_alarms = {"ns.coll": "alarm_events"}
    of_others = {"ns.coll": "notifications", "fullDocument.kind": {"$ne": "alarm"}}
    return [
        {"$match": {"operationType": "insert", "$or": [of_alarms, of_others]}},
        {"$project": {"_id": 1}},
    ]
