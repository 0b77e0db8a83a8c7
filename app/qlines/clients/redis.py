"""Connect to Redis, and tell an outage from a refusal and from an error."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import redis
from redis import exceptions
from redis.backoff import ConstantBackoff
from redis.retry import Retry
from redis.sentinel import Sentinel

from qlines.addresses import tls
from qlines.addresses.redis import Sentinels, has_sentinels, sentinels
from qlines.errors import StoreRefusedError, StoreUnavailableError

OUTAGES = (exceptions.ConnectionError, exceptions.TimeoutError, exceptions.BusyLoadingError)
WRONG_SIGN_IN = (
    exceptions.AuthenticationError,
    exceptions.AuthenticationWrongNumberOfArgsError,
    exceptions.AuthorizationError,
)
CONNECT_SECONDS, ANSWER_SECONDS = 2, 10
TLS = {
    "address": "QLINES_REDIS",
    "authority": "ssl_ca_certs of QLINES_REDIS",
    "certificate": "ssl_certfile and ssl_keyfile of QLINES_REDIS",
}


def connect(url: str, *, answer_seconds: float | None = ANSWER_SECONDS) -> redis.Redis:
    """Return a client, which connects with the first command.

    A command on a broken connection is retried once on a new one, so a restart of Redis between
    two commands goes unnoticed. Behind Sentinels each new connection goes to the master of that
    moment. Without *answer_seconds* it waits for an answer for as long as it takes.
    """
    retry = Retry(ConstantBackoff(0.05), retries=1)
    if not has_sentinels(url):
        return redis.Redis.from_url(
            url,
            socket_connect_timeout=CONNECT_SECONDS,
            socket_timeout=answer_seconds,
            retry=retry,
        )
    return _behind_sentinels(sentinels(url), answer_seconds, retry)


def _behind_sentinels(found: Sentinels, answer_seconds: float | None, retry: Retry) -> redis.Redis:
    make: Any = Sentinel  # redis-py has no types for it
    known = make(
        found.servers,
        sentinel_kwargs={
            "socket_connect_timeout": CONNECT_SECONDS,
            "socket_timeout": CONNECT_SECONDS,
            **found.own_options,
        },
    )
    client: redis.Redis = known.master_for(
        found.master,
        socket_connect_timeout=CONNECT_SECONDS,
        socket_timeout=answer_seconds,
        retry=retry,
        **found.options,
    )
    return client


def version(client: redis.Redis) -> tuple[int, ...]:
    """Return Redis's version, such as (8, 0, 2), of which every user may know.

    Raise StoreUnavailableError when it does not answer, and StoreRefusedError, which is one.
    """
    ask: Any = client.execute_command  # redis-py has no types for it
    with raising_unavailable():
        try:
            answer = ask("HELLO")
        except exceptions.ConnectionError as error:
            if "closed by server" not in str(error):
                raise
            hint = "it hangs up; if it speaks TLS at this port, QLINES_REDIS begins with rediss"
            raise exceptions.ConnectionError(hint) from error
    if not isinstance(answer, dict):  # with protocol 2 names and values take turns
        answer = dict(zip(answer[::2], answer[1::2], strict=True))
    return tuple(int(number) for number in answer[b"version"].split(b"."))


@contextmanager
def raising_unavailable() -> Iterator[None]:
    """Raise StoreUnavailableError for redis-py's errors of an outage; others pass through.

    A Redis that does not accept this program, or that it does not trust, raises StoreRefusedError,
    which is a StoreUnavailableError.
    """
    try:
        yield
    except exceptions.NoPermissionError as error:
        reason = f"the user in QLINES_REDIS lacks a right there: {error}"
        raise StoreRefusedError("redis", reason) from error
    except WRONG_SIGN_IN as error:
        reason = "it does not accept the user and the password in QLINES_REDIS: correct them"
        raise StoreRefusedError("redis", reason) from error
    except OUTAGES as error:
        if refusal := tls.reason(error, **TLS):
            raise StoreRefusedError("redis", refusal) from error
        raise StoreUnavailableError("redis", error) from error
