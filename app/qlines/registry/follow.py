"""Follow the change stream of MongoDB's devices in a thread, so that a burst comes as one.

pymongo tells nobody how many events it already holds: asking for one more may wait. The thread
waits; whoever takes from the queue gets all that is there.
"""

import queue
import threading
from typing import Any

from pymongo.database import Database
from pymongo.errors import InvalidOperation, PyMongoError

from qlines.clients.mongodb import raising_unavailable

# The server answers at once when there is an event; this is how long it waits for one.
AWAIT_MS = 5_000
MOST_AT_ONCE = 1_000


class Follower:
    """Events of one change stream, from the moment it was made, or from *resume_after* on."""

    def __init__(self, db: Database[dict[str, Any]], resume_after: Any = None) -> None:
        with raising_unavailable():
            self._stream = db.devices.watch(
                full_document="updateLookup",
                max_await_time_ms=AWAIT_MS,
                resume_after=resume_after,
            )
        self._events: queue.Queue[dict[str, Any] | PyMongoError] = queue.Queue(MOST_AT_ONCE)
        self.token: Any = self._stream.resume_token
        threading.Thread(target=self._fill, name="follower", daemon=True).start()

    def take(self, seconds: float) -> list[dict[str, Any]]:
        """Return all events that are there; none after *seconds*.

        *token* is then the place after the last of them. Raises what the stream raised: after
        that it is dead, and a new Follower has to be made.
        """
        taken: list[dict[str, Any]] = []
        try:
            event = self._events.get(timeout=seconds)
            while True:
                if isinstance(event, PyMongoError):
                    if taken:
                        self._events.put(event)  # the thread has ended: there is room
                        break
                    with raising_unavailable():
                        raise event
                taken.append(event)
                event = self._events.get_nowait()
        except queue.Empty:
            pass  # all that has come so far is taken
        if taken:
            self.token = taken[-1]["_id"]
        return taken

    def close(self) -> None:
        """End the stream, and with it the thread."""
        self._stream.close()

    def _fill(self) -> None:
        try:
            for event in self._stream:
                self._events.put(event)
        except PyMongoError as error:
            self._events.put(error)
        else:
            self._events.put(InvalidOperation("the change stream ended"))
