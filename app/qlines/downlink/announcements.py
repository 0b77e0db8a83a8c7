"""Hear of what concerns devices as soon as MongoDB has it, from whichever web app and VM it came.

A thread follows a change stream: new commands, the ends of commands, which may let the next of
their device go, commands that came back to the queue, devices that a gateway begins to speak for,
and changes of shared attributes, which are pushed. It keeps them, and wakes who sends. After an
outage it resumes where it was; `missed` says that it could not, or has just begun, and the sender
of commands looks at all of them.
"""

import logging
import threading
from collections import deque
from typing import Any, NamedTuple, Protocol

from pymongo.errors import InvalidOperation, OperationFailure, PyMongoError

from appliance.shared.backoff import Backoff
from qlines.clients.mongodb import Documents, is_outage
from qlines.clock import Clock
from qlines.downlink.heard_until import HeardUntil
from qlines.errors import StoreUnavailableError
from qlines.store import gateway_devices, owner_attributes
from qlines.store.command_document import device_of

log = logging.getLogger(__name__)

MAX_AWAIT_MS = 5_000  # of one request; the server answers earlier when there is an event
MAX_PUSHES = 10_000  # that wait for a broker; the oldest ones are dropped first
INSERT, UPDATE = {"operationType": "insert"}, {"operationType": "update"}
ENDED = {"updateDescription.updatedFields.ended_at": {"$exists": True}}
CAME_BACK = {"updateDescription.updatedFields.state": "queued"}
COMMANDS, CHANGES = {"ns.coll": "commands"}, {"ns.coll": "attribute_changes"}
# A gateway speaks for a device now: what waits for the device can be sent.
REACHED = {"ns.coll": gateway_devices.COLLECTION, "operationType": {"$in": ["insert", "update"]}}
PIPELINE: list[dict[str, Any]] = [
    {
        "$match": {
            "$or": [
                COMMANDS | INSERT,
                COMMANDS | UPDATE | ENDED,
                COMMANDS | UPDATE | CAME_BACK,
                CHANGES | INSERT,
                REACHED,
            ]
        }
    },
    {
        "$project": {
            "ns": 1,
            "documentKey": 1,
            "fullDocument.device": 1,
            "fullDocument.change": 1,
            "updateDescription.updatedFields.state": 1,
        }
    },
]


class Push(NamedTuple):
    """A change of shared attributes that is to be pushed to a device: JSON text."""

    device: str
    change: str


class Announced(NamedTuple):
    """What was heard: devices with new or ended commands, whether others may have been missed, the
    changes of shared attributes in their order, and devices with commands that came back.

    Who sends knows when to send those again; a device that asks by itself may have them at once.
    """

    devices: set[str]
    missed: bool
    pushes: list[Push]
    came_back: set[str]


class Wakes(Protocol):
    """Who is woken when something was heard, and then calls `take`."""

    def set(self) -> None:
        """Wake it; called in the thread that follows."""
        ...


class Announcements:
    """What was heard since `take` was called last; *heard_until* may outlive this program."""

    def __init__(
        self, db: Documents, wake: Wakes, clock: Clock, heard_until: HeardUntil | None = None
    ) -> None:
        self._db = db
        self._wake = wake
        self._clock = clock
        self._heard_until = heard_until or HeardUntil(clock)
        self._lock = threading.Lock()
        self._devices: set[str] = set()
        self._came_back: set[str] = set()
        self._missed = True
        self._pushes: deque[Push] = deque(maxlen=MAX_PUSHES)
        self._resume_token: Any = None
        self._backoff = Backoff()
        self._thread = threading.Thread(target=self.follow, name="announcements", daemon=True)

    def start(self) -> "Announcements":
        """Begin to follow, for as long as the process lives, and return itself."""
        self._thread.start()
        return self

    @property
    def is_alive(self) -> bool:
        """Return whether it still follows: only a fault of ours ends it."""
        return self._thread.is_alive()

    def take(self) -> Announced:
        """Return what was heard, and forget it."""
        with self._lock:
            heard = Announced(self._devices, self._missed, list(self._pushes), self._came_back)
            self._devices, self._came_back, self._missed = set(), set(), False
            self._pushes.clear()
        return heard

    def follow(self) -> None:
        """Follow the change stream, one after another; never returns."""
        while True:
            try:
                self._follow_one()
            except (PyMongoError, StoreUnavailableError) as error:
                if isinstance(error, OperationFailure | InvalidOperation) and not is_outage(error):
                    self._resume_token = None  # MongoDB no longer has what came after it
                if not self._backoff.attempts:
                    log.warning("new commands wait, their change stream ended: %s", error)
                self._clock.sleep(self._backoff.next_seconds())

    def _follow_one(self) -> None:
        is_new = self._resume_token is None
        with self._db.watch(
            PIPELINE, max_await_time_ms=MAX_AWAIT_MS, resume_after=self._resume_token
        ) as stream:
            if self._backoff.attempts:
                log.info("new commands are heard of again")
            self._backoff.reset()
            if is_new:
                self._note_missed(self._missed_pushes())
            self._resume_token = stream.resume_token
            while stream.alive:
                event = stream.try_next()
                if event is not None:
                    self._note(event)
                self._heard_until.note()
                # It moves without events too, and must: MongoDB forgets what is long ago.
                self._resume_token = stream.resume_token
        raise InvalidOperation("the change stream ended")

    def _missed_pushes(self) -> list[Push]:
        """Return what holds now of what changed while nobody listened."""
        after = self._heard_until.missed_since()
        return [
            Push(device, change)
            for device, change in owner_attributes.changed_since(self._db, after)
        ]

    def _note_missed(self, pushes: list[Push]) -> None:
        with self._lock:
            self._missed = True
            self._pushes.extend(pushes)
        self._wake.set()

    def _note(self, event: Any) -> None:
        name, key = event["ns"]["coll"], event["documentKey"]["_id"]
        with self._lock:
            if name == "commands" and _has_come_back(event):
                self._came_back.add(device_of(key))
            elif name == "commands":
                self._devices.add(device_of(key))
            elif name == gateway_devices.COLLECTION:
                self._devices.add(str(key))
            else:
                document = event["fullDocument"]
                self._pushes.append(Push(str(document["device"]), document["change"]))
        self._wake.set()


def _has_come_back(event: Any) -> bool:
    changed: Any = event.get("updateDescription", {}).get("updatedFields", {})
    return bool(changed.get("state") == "queued")
