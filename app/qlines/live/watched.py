"""Read from Redis which devices are watched; the web app keeps the set up to date."""

from typing import Any

import redis

from qlines.clients.redis import raising_unavailable
from qlines.clock import Clock
from qlines.redis_names import WATCHED_CHANGED, WATCHED_DEVICES

READ_EVERY_SECONDS = 0.5


class WatchedDevices:
    """The devices that a browser watches: read twice a second and when the web app announces one.

    Its methods raise StoreUnavailableError when Redis does not answer.
    """

    def __init__(self, client: redis.Redis, clock: Clock) -> None:
        self._redis = client
        self._clock = clock
        self._announcements: Any = None
        self._read_at = float("-inf")
        self.devices: frozenset[str] = frozenset()

    def refresh(self) -> None:
        """Update *devices* if that is due."""
        now = self._clock.monotonic()
        if now - self._read_at < READ_EVERY_SECONDS and not self._is_change_announced(0.0):
            return
        now_seconds = self._clock.now_us() / 1e6
        with raising_unavailable():
            ids: Any = self._redis.zrangebyscore(WATCHED_DEVICES, now_seconds, "+inf")
        self.devices = frozenset(device.decode() for device in ids)
        self._read_at = now

    def wait(self, seconds: float) -> None:
        """Return when the web app announces a change, at the latest after *seconds*."""
        if self._is_change_announced(seconds):
            self._read_at = float("-inf")

    def _is_change_announced(self, timeout_seconds: float) -> bool:
        with raising_unavailable():
            if self._announcements is None:
                connection: Any = self._redis  # redis-py leaves pubsub() without types
                subscription = connection.pubsub(ignore_subscribe_messages=True)
                subscription.subscribe(WATCHED_CHANGED)
                self._announcements = subscription
            return self._announcements.get_message(timeout=timeout_seconds) is not None
