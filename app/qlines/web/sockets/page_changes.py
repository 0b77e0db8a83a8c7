"""Notify the pages of devices that commands or attributes have changed, as soon as MongoDB has it.

One change stream for all pages, of the devices that they follow and of no others; while no page
follows a device it does not exist.
"""

import logging
import threading
from collections.abc import Callable
from typing import Any, get_args

from pymongo.errors import InvalidOperation, PyMongoError

from appliance.shared.backoff import Backoff
from qlines.clients.mongodb import Documents
from qlines.clock import Clock
from qlines.errors import StoreUnavailableError
from qlines.redis_names import device_page_room
from qlines.store.device_changes import DeviceChange, What, change_in, changes_of
from qlines.web.extensions import sockets

log = logging.getLogger(__name__)

# How long one request waits for an event, and so at most until another device is followed: pymongo
# cannot interrupt it. Four requests a second cost the web app 0.2 % of a core.
MAX_AWAIT_MS = 250
EVERYTHING: tuple[What, ...] = get_args(What)


def notify_pages(change: DeviceChange) -> None:
    """Send the event ``changed`` to the pages of the device, those of this process only.

    Each process follows the changes of its own pages: through Socket.IO's queue in Redis, the pages
    would get it from each of them, and none while Redis is away.
    """
    room = device_page_room(change.device)
    sockets.emit("changed", change._asdict(), to=room, ignore_queue=True)


class PageChanges:
    """Follows the devices that followed() returns.

    notify() gets each change, and everything of a device as soon as it is followed, so that its
    pages fetch what they may have missed. After an outage that is said of all devices.
    """

    def __init__(
        self,
        db: Documents,
        followed: Callable[[], set[str]],
        clock: Clock,
        notify: Callable[[DeviceChange], None] = notify_pages,
    ) -> None:
        self._db = db
        self._followed = followed
        self._clock = clock
        self._notify = notify
        self._heard: frozenset[str] = frozenset()  # the devices of the stream
        self._resume_token: Any = None
        self._is_wanted = threading.Event()
        self._backoff = Backoff()

    def hears(self, device: str) -> bool:
        """Return whether the changes of this device are heard of already."""
        return device in self._heard

    def wake(self) -> None:
        """Let it look who is followed; call it when a device is."""
        self._is_wanted.set()

    def run(self) -> None:
        """Follow all devices that are followed; never returns."""
        while True:
            self._is_wanted.clear()
            devices = frozenset(self._followed())
            if devices:
                self._attempt(devices)
            else:
                self._forget()
                self._is_wanted.wait()

    def _attempt(self, devices: frozenset[str]) -> None:
        try:
            self._follow(devices)
        except (PyMongoError, StoreUnavailableError) as error:
            self._forget()
            if not self._backoff.attempts:
                log.warning("pages wait for changes, their change stream ended: %s", error)
            self._clock.sleep(self._backoff.next_seconds())

    def _follow(self, devices: frozenset[str]) -> None:
        """Follow these devices until another one is to be followed, or none."""
        with self._db.watch(
            changes_of(devices), max_await_time_ms=MAX_AWAIT_MS, resume_after=self._resume_token
        ) as stream:
            self._backoff.reset()
            self._notify_of_everything(devices)
            while stream.alive and self._are_enough(devices):
                event = stream.try_next()
                if event is not None:
                    self._notify(change_in(event))
                self._resume_token = stream.resume_token
            if not stream.alive:
                raise InvalidOperation("the change stream ended")

    def _notify_of_everything(self, devices: frozenset[str]) -> None:
        new, self._heard = devices - self._heard, devices
        for device in sorted(new):
            for what in EVERYTHING:
                self._notify(DeviceChange(device, what))

    def _are_enough(self, devices: frozenset[str]) -> bool:
        """Return whether these are all that is followed; one that no longer is does not matter."""
        followed = self._followed()
        return bool(followed) and followed <= devices

    def _forget(self) -> None:
        self._heard, self._resume_token = frozenset(), None
