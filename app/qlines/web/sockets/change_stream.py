"""Follow changes in MongoDB for the pages that are open, as soon as MongoDB has them.

One change stream for all pages, of what they follow and of nothing else; while no page follows
anything it does not exist. Each process follows the changes of its own pages: through Socket.IO's
queue in Redis, the pages would get it from each of them, and none while Redis is away.
"""

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from pymongo.errors import InvalidOperation, PyMongoError

from appliance.shared.backoff import Backoff
from qlines.clients.mongodb import Document, Documents
from qlines.clock import Clock
from qlines.errors import StoreUnavailableError

log = logging.getLogger(__name__)

# How long one request waits for an event, and so at most until another one is followed: pymongo
# cannot interrupt it.
MAX_AWAIT_MS = 250


class Topic(NamedTuple):
    """What a stream is of.

    *pipeline* makes the stream of what is followed, *on_event* gets each event, and *on_quiet* is
    called when no more has come for a moment. *on_followed* is called with what is followed from
    now on, and after an outage with all of it: changes may have been missed.
    """

    pipeline: Callable[[Iterable[str]], list[Document]]
    on_event: Callable[[Mapping[str, Any]], None]
    on_followed: Callable[[str], None]
    on_quiet: Callable[[], None] = lambda: None


class ChangeStream:
    """Follows what followed() returns, such as ids of devices."""

    def __init__(
        self, db: Documents, followed: Callable[[], set[str]], clock: Clock, topic: Topic
    ) -> None:
        self._db = db
        self._followed = followed
        self._clock = clock
        self._topic = topic
        self._heard: frozenset[str] = frozenset()  # what the stream is of
        self._resume_token: Any = None
        self._is_wanted = threading.Event()
        self._backoff = Backoff()

    def hears(self, followed: str) -> bool:
        """Return whether the changes of this one are heard of already."""
        return followed in self._heard

    def wake(self) -> None:
        """Let it look what is followed; call it when something is."""
        self._is_wanted.set()

    def run(self) -> None:
        """Follow all that is followed; never returns."""
        while True:
            self._is_wanted.clear()
            followed = frozenset(self._followed())
            if followed:
                self._attempt(followed)
            else:
                self._forget()
                self._is_wanted.wait()

    def _attempt(self, followed: frozenset[str]) -> None:
        try:
            self._follow(followed)
        except (PyMongoError, StoreUnavailableError) as error:
            self._forget()
            if not self._backoff.attempts:
                log.warning("pages wait for changes, their change stream ended: %s", error)
            self._clock.sleep(self._backoff.next_seconds())

    def _follow(self, followed: frozenset[str]) -> None:
        """Follow these until another one is to be followed, or none."""
        with self._db.watch(
            self._topic.pipeline(followed),
            max_await_time_ms=MAX_AWAIT_MS,
            resume_after=self._resume_token,
        ) as stream:
            self._backoff.reset()
            new, self._heard = followed - self._heard, followed
            for one in sorted(new):
                self._topic.on_followed(one)
            while stream.alive and self._are_enough(followed):
                event = stream.try_next()
                if event is None:
                    self._topic.on_quiet()
                else:
                    self._topic.on_event(event)
                self._resume_token = stream.resume_token
            self._topic.on_quiet()
            if not stream.alive:
                raise InvalidOperation("the change stream ended")

    def _are_enough(self, followed: frozenset[str]) -> bool:
        """Return whether these are all that is followed; one that no longer is does not matter."""
        wanted = self._followed()
        return bool(wanted) and wanted <= followed

    def _forget(self) -> None:
        self._heard, self._resume_token = frozenset(), None
