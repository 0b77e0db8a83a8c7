"""Rate limit for sign-ins: ten wrong passwords per account and address, then a pause."""

import hashlib
import logging

from redis import Redis

from qlines.clients.redis import raising_unavailable
from qlines.errors import StoreUnavailableError

log = logging.getLogger(__name__)

MAX_WRONG_PASSWORDS = 10
PAUSE_SECONDS = 600


class Throttle:
    """Counts wrong passwords in Redis.

    It counts by account and address, so that an attacker cannot lock a user out. Without Redis
    there is no limit: signing in must not depend on a counter.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def pause_seconds(self, email: str, address: str) -> int:
        """Return how long this account must wait at this address; 0 when it need not."""
        key = _key(email, address)
        try:
            with raising_unavailable():
                count, left = self._redis.get(key), self._redis.ttl(key)
        except StoreUnavailableError as error:
            log.warning("wrong passwords are not limited: %s", error)
            return 0
        return max(int(left), 1) if int(count or 0) >= MAX_WRONG_PASSWORDS else 0

    def wrong(self, email: str, address: str) -> None:
        """Count a wrong password of an account from an address, unless Redis is away."""
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
        """Reset the count after the right password."""
        try:
            with raising_unavailable():
                self._redis.delete(_key(email, address))
        except StoreUnavailableError as error:
            log.warning("the count of wrong passwords was not reset: %s", error)


def _key(email: str, address: str) -> str:
    # Hashed: the input may be long, malformed, or a password in the wrong field.
    return "wrong-passwords:" + hashlib.sha256(f"{email}|{address}".encode()).hexdigest()
