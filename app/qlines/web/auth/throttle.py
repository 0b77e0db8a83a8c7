"""Slow down whoever tries passwords: ten wrong ones for an account and address, then a pause."""

import hashlib
import logging

from redis import Redis

from qlines.clients.redis import raising_unavailable
from qlines.errors import StoreUnavailableError

log = logging.getLogger(__name__)

WRONG_ALLOWED = 10
PAUSE_SECONDS = 600


class Throttle:
    """Counts wrong passwords in Redis by account and address, so that nobody locks out another."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def pause_seconds(self, email: str, address: str) -> int:
        """Return how long this account must wait at this address; 0 when it need not.

        Without Redis nobody waits: signing in must not hang on a counter.
        """
        key = _key(email, address)
        try:
            with raising_unavailable():
                count, left = self._redis.get(key), self._redis.ttl(key)
        except StoreUnavailableError as error:
            log.warning("wrong passwords are not counted: %s", error)
            return 0
        return max(int(left), 1) if int(count or 0) >= WRONG_ALLOWED else 0

    def wrong(self, email: str, address: str) -> None:
        """Note a wrong password."""
        key = _key(email, address)
        try:
            with raising_unavailable():
                pipeline = self._redis.pipeline()
                pipeline.incr(key)
                pipeline.expire(key, PAUSE_SECONDS)
                pipeline.execute()
        except StoreUnavailableError as error:
            log.warning("a wrong password was not counted: %s", error)

    def right(self, email: str, address: str) -> None:
        """Forget the wrong ones after the right one."""
        try:
            with raising_unavailable():
                self._redis.delete(_key(email, address))
        except StoreUnavailableError as error:
            log.warning("the count of wrong passwords stays: %s", error)


def _key(email: str, address: str) -> str:
    # Hashed: what was typed may be long, odd, or a password in the wrong field.
    return "wrong-passwords:" + hashlib.sha256(f"{email}|{address}".encode()).hexdigest()
