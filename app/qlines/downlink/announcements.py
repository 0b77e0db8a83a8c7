"""Hear of commands as soon as MongoDB has them, from whichever web app and VM they came.

A thread follows a change stream: a new command, and the end of one, which may let the next of its
device go. It keeps the devices, and wakes who sends. What it misses while MongoDB is away is not
replayed: `missed` says so, and whoever sends looks at all of them.
"""

import logging
import threading
from typing import Any

from pymongo.errors import PyMongoError

from appliance.shared.backoff import Backoff
from qlines.clients.mongodb import Documents
from qlines.clock import Clock
from qlines.downlink.wake import Wake
from qlines.store.command_document import device_of

log = logging.getLogger(__name__)

MAX_AWAIT_MS = 5_000  # of one request; the server answers earlier when there is an event
ENDED = {"operationType": "update", "updateDescription.updatedFields.ended_at": {"$exists": True}}
PIPELINE: list[dict[str, Any]] = [
    {"$match": {"$or": [{"operationType": "insert"}, ENDED]}},
    {"$project": {"documentKey": 1}},
]


class Announcements:
    """The devices of which a command was made or has ended since `take` was called last."""

    def __init__(self, db: Documents, wake: Wake, clock: Clock) -> None:
        self._commands = db.commands
        self._wake = wake
        self._clock = clock
        self._lock = threading.Lock()
        self._devices: set[str] = set()
        self._missed = True

    def start(self) -> "Announcements":
        """Begin to follow, for as long as the process lives, and return itself."""
        threading.Thread(target=self._follow_always, name="commands", daemon=True).start()
        return self

    def take(self) -> tuple[set[str], bool]:
        """Return the devices, and whether others may have been missed; forget both."""
        with self._lock:
            devices, missed = self._devices, self._missed
            self._devices, self._missed = set(), False
        return devices, missed

    def _follow_always(self) -> None:
        backoff = Backoff()
        while True:
            try:
                self._follow(backoff)
            except PyMongoError as error:
                if not backoff.attempts:
                    log.warning("new commands wait, their change stream ended: %s", error)
                self._clock.sleep(backoff.next_seconds())

    def _follow(self, backoff: Backoff) -> None:
        with self._commands.watch(PIPELINE, max_await_time_ms=MAX_AWAIT_MS) as stream:
            if backoff.attempts:
                log.info("new commands are followed again")
            backoff.reset()
            self._note(missed=True)
            for event in stream:
                self._note(device_of(event["documentKey"]["_id"]))

    def _note(self, device: str = "", *, missed: bool = False) -> None:
        with self._lock:
            if device:
                self._devices.add(device)
            self._missed |= missed
        self._wake.set()
