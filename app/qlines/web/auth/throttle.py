"""Rate limit for sign-ins: so many wrong passwords per account and address, then a pause."""

import hashlib
import logging

from redis import Redis

from qlines.clients.redis import raising_unavailable
from qlines.errors import StoreUnavailableError

log = logging.getLogger(__name__)

MAX_WRONG_PASSWORDS = 10
# For all accounts together, existing or not. An office shares an address, and its people mistype.
MAX_WRONG_PASSWORDS_OF_ADDRESS = 200
PAUSE_SECONDS = 600


class Throttle:
    """Counts wrong passwords in Redis.

    It counts by account and address, so that an attacker cannot lock a user out of other addresses,
    and by address alone, so that many accounts cannot be tried. Without Redis there is no limit:
    signing in must not depend on a counter.
    """

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def pause_seconds(self, email: str, address: str) -> int:
        """Return how long this account must wait at this address; 0 when it need not."""
        try:
            with raising_unavailable():
                return max(
                    self._pause_of(_key(email, address), MAX_WRONG_PASSWORDS),
                    self._pause_of(_key(address), MAX_WRONG_PASSWORDS_OF_ADDRESS),
                )
        except StoreUnavailableError as error:
            log.warning("wrong passwords are not limited: %s", error)
            return 0

    def _pause_of(self, key: str, most: int) -> int:
        if int(self._redis.get(key) or 0) < most:
            return 0
        return max(int(self._redis.ttl(key)), 1)

    def wrong(self, email: str, address: str) -> None:
        """Count a wrong password of an account from an address, unless Redis is away."""
        account, everyone = _key(email, address), _key(address)
        try:
            with raising_unavailable():
                pipeline = self._redis.pipeline()
                pipeline.incr(account)
                pipeline.expire(account, PAUSE_SECONDS)
                pipeline.incr(everyone)
                # From the first one on: in an office somebody mistypes every few minutes, and that
                # must not add up for days.
                pipeline.expire(everyone, PAUSE_SECONDS, nx=True)
                pipeline.execute()
        except StoreUnavailableError as error:
            log.warning("a wrong password was not counted: %s", error)

    def right(self, email: str, address: str) -> None:
        """Reset the account's count; not the address's, or one account would open all others."""
        try:
            with raising_unavailable():
                self._redis.delete(_key(email, address))
        except StoreUnavailableError as error:
            log.warning("the count of wrong passwords was not reset: %s", error)


def _key(*parts: str) -> str:
    # Hashed: the input may be long, malformed, or a password in the wrong field.
    return "wrong-passwords:" + hashlib.sha256("|".join(parts).encode()).hexdigest()
