"""Read the change stream of MongoDB's devices in a thread, so that a burst arrives as one batch.

pymongo does not say how many events it already holds, and asking for one more may block. The
thread blocks; the reader gets all that has arrived.
"""

import queue
import threading
from typing import Any, cast

from bson.timestamp import Timestamp
from pymongo.errors import InvalidOperation, PyMongoError

from qlines.clients.mongodb import Documents, raising_unavailable
from qlines.registry.events import ChangeEvent

MAX_AWAIT_MS = 5_000  # of one request; the server answers earlier when there is an event
MAX_QUEUED_EVENTS = 1_000


class ChangeStreamReader:
    """The events since *start_at*, a time of MongoDB's, or since *resume_after*, a resume_token.

    Only what a majority has is an event: a failover takes none back. Raise StoreUnavailableError
    when MongoDB does not answer, and OperationFailure when it no longer has those events.
    """

    def __init__(
        self, db: Documents, *, start_at: Timestamp | None = None, resume_after: Any = None
    ) -> None:
        with raising_unavailable():
            self._stream = db.devices.watch(
                full_document="updateLookup",
                max_await_time_ms=MAX_AWAIT_MS,
                start_at_operation_time=start_at,
                resume_after=resume_after,
            )
        self._events: queue.Queue[ChangeEvent | PyMongoError] = queue.Queue(MAX_QUEUED_EVENTS)
        self.resume_token: Any = self._stream.resume_token
        threading.Thread(target=self._fill, name="change-stream", daemon=True).start()

    def read(self, timeout_seconds: float) -> list[ChangeEvent]:
        """Return all events that have arrived, an empty list after *timeout_seconds*.

        *resume_token* then stands after the last of them. Raise StoreUnavailableError or
        PyMongoError when the stream ended; it does not recover, a new reader is needed.
        """
        events: list[ChangeEvent] = []
        try:
            event = self._events.get(timeout=timeout_seconds)
            while True:
                if isinstance(event, PyMongoError):
                    if events:
                        self._events.put(event)  # for the next call; the thread has ended
                        break
                    with raising_unavailable():
                        raise event
                events.append(event)
                event = self._events.get_nowait()
        except queue.Empty:
            pass  # that was all
        if events:
            self.resume_token = events[-1]["_id"]
        return events

    def close(self) -> None:
        """Close the stream, which ends the thread."""
        self._stream.close()

    def _fill(self) -> None:
        try:
            for event in self._stream:
                self._events.put(cast("ChangeEvent", event))
        except PyMongoError as error:
            self._events.put(error)
        else:
            self._events.put(InvalidOperation("the change stream ended"))
