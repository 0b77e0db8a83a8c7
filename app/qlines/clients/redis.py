"""Connect to Redis, and tell an outage from an error."""

from collections.abc import Iterator
from contextlib import contextmanager

import redis
from redis import exceptions
from redis.backoff import ConstantBackoff
from redis.retry import Retry

from qlines.errors import StoreUnavailableError

OUTAGES = (exceptions.ConnectionError, exceptions.TimeoutError, exceptions.BusyLoadingError)


def connect(url: str) -> redis.Redis:
    """Return a client, which connects with the first command.

    A command on a broken connection is retried once on a new one, so a restart of Redis between
    two commands goes unnoticed.
    """
    return redis.Redis.from_url(
        url,
        socket_connect_timeout=2,
        socket_timeout=10,
        retry=Retry(ConstantBackoff(0.05), retries=1),
    )


@contextmanager
def raising_unavailable() -> Iterator[None]:
    """Raise StoreUnavailableError for redis-py's errors of an outage; others pass through."""
    try:
        yield
    except OUTAGES as error:
        raise StoreUnavailableError("redis", error) from error
