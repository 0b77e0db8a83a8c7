"""Wake the requests that wait for news of a device, which is how a long poll costs nothing.

One change stream for all of them, from the first one on: nobody asks MongoDB in a loop.
"""

import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain
from typing import Literal, Protocol

from qlines.clients.mongodb import Documents
from qlines.clock import Clock
from qlines.downlink.announcements import Announced, Announcements, Wakes

# New, ended or returned commands, or changes of shared attributes.
Kind = Literal["commands", "changes"]
Key = tuple[Kind, str]  # of a device
OnNews = Callable[[Key], None]

MAX_CHANGES = 100  # that wait for one device; the oldest ones are dropped first


class Waiting:
    """Somebody who waits for news of one kind about one device: in a thread, or to be called."""

    def __init__(self, device: str, kind: Kind, on_news: OnNews | None) -> None:
        self.key = (kind, device)
        # In their order, as the device is sent them.
        self.changes: deque[str] = deque(maxlen=MAX_CHANGES)
        self._on_news = on_news
        self._event = None if on_news else threading.Event()  # 2 KB

    def wait(self, seconds: float) -> bool:
        """Wait for news, at most so long; return whether there was any since the last call."""
        if self._event is None:
            raise ValueError("who is called at news does not wait")
        is_there = self._event.wait(seconds)
        self._event.clear()  # before the caller looks: what comes while it does is not missed
        return is_there

    def wake(self) -> None:
        """Let it look."""
        if self._on_news is not None:
            self._on_news(self.key)
        elif self._event is not None:
            self._event.set()


class Follows(Protocol):
    """What follows the change stream: Announcements, or what a test announces."""

    def start(self) -> object:
        """Begin to follow."""
        ...

    def take(self) -> Announced:
        """Return what was heard, and forget it."""
        ...


Source = Callable[[Documents, Wakes, Clock], Follows]


class News:
    """Who waits for what; nothing is followed before somebody waits."""

    def __init__(self, db: Documents, clock: Clock, source: Source = Announcements) -> None:
        self._announcements = source(db, self, clock)
        self._is_followed = False
        self._lock = threading.Lock()
        self._waiting: dict[Key, list[Waiting]] = defaultdict(list)

    @contextmanager
    def of(self, device: str, kind: Kind) -> Iterator[Waiting]:
        """Wait within the block; look for what is there already once it was entered."""
        waiting = self.enter(device, kind)
        try:
            yield waiting
        finally:
            self.leave(waiting)

    def enter(self, device: str, kind: Kind, on_news: OnNews | None = None) -> Waiting:
        """Begin to wait, until leave(); with *on_news* to be called, else by wait()."""
        waiting = Waiting(device, kind, on_news)
        with self._lock:
            self._waiting[waiting.key].append(waiting)
            is_first, self._is_followed = not self._is_followed, True
        if is_first:
            self._announcements.start()
        return waiting

    def leave(self, waiting: Waiting) -> None:
        """Wait no longer."""
        with self._lock:
            self._waiting[waiting.key].remove(waiting)
            if not self._waiting[waiting.key]:
                del self._waiting[waiting.key]

    def set(self) -> None:
        """Wake whom it concerns; when something may have been missed, all who wait for commands."""
        heard = self._announcements.take()
        for device, change in heard.pushes:
            for waiting in self._who_waits("changes", device):
                waiting.changes.append(change)
                waiting.wake()
        for device in heard.devices | heard.came_back:
            for waiting in self._who_waits("commands", device):
                waiting.wake()
        if heard.missed:
            for waiting in self._all("commands"):
                waiting.wake()

    def _who_waits(self, kind: Kind, device: str) -> list[Waiting]:
        with self._lock:
            return list(self._waiting.get((kind, device), ()))

    def _all(self, wanted: Kind) -> list[Waiting]:
        with self._lock:
            found = [some for (kind, _), some in self._waiting.items() if kind == wanted]
        return list(chain.from_iterable(found))
