"""Know which devices somebody looks at: a sorted set in Redis that the web app keeps fresh."""

from typing import Any

import redis

from qlines.clients.redis import raising_unavailable
from qlines.clock import Clock

SET = "watched"  # member: device id; score: epoch seconds until which it is watched
CHANGED = "watched-changed"  # the channel on which the web app tells of a new one
LOOK_EVERY_SECONDS = 0.5


class Watched:
    """The watched devices, looked up twice a second and whenever the web app says so."""

    def __init__(self, client: redis.Redis, clock: Clock) -> None:
        self._redis = client
        self._clock = clock
        self._changes: Any = None
        self._looked_at = float("-inf")
        self.devices: frozenset[str] = frozenset()

    def refresh(self) -> None:
        """Look again when it is time; *devices* holds the answer."""
        now = self._clock.monotonic()
        if now - self._looked_at < LOOK_EVERY_SECONDS and not self._was_told(0.0):
            return
        now_seconds = self._clock.now_us() / 1e6
        with raising_unavailable():
            found: Any = self._redis.zrangebyscore(SET, now_seconds, "+inf")
        self.devices = frozenset(device.decode() for device in found)
        self._looked_at = now

    def wait(self, seconds: float) -> None:
        """Return as soon as the web app tells of a change, or after *seconds*."""
        if self._was_told(seconds):
            self._looked_at = float("-inf")

    def _was_told(self, seconds: float) -> bool:
        with raising_unavailable():
            if self._changes is None:
                connection: Any = self._redis  # redis-py leaves pubsub() without types
                changes = connection.pubsub(ignore_subscribe_messages=True)
                changes.subscribe(CHANGED)
                self._changes = changes
            return self._changes.get_message(timeout=seconds) is not None
