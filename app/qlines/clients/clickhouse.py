"""Connect to ClickHouse, lend connections to many callers, and tell an outage from an error."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from clickhouse_driver import Client
from clickhouse_driver.errors import (
    NetworkError,
    ServerException,
    SocketTimeoutError,
    UnexpectedPacketFromServerError,
)

from qlines.errors import StoreUnavailableError

OUTAGES = (
    NetworkError, SocketTimeoutError, EOFError, OSError, UnexpectedPacketFromServerError,
)  # fmt: skip
# What a server answers that is busy, full, starting or stopping: 159 TIMEOUT_EXCEEDED,
# 202 TOO_MANY_SIMULTANEOUS_QUERIES, 209 SOCKET_TIMEOUT, 210 NETWORK_ERROR, 241
# MEMORY_LIMIT_EXCEEDED, 242 TABLE_IS_READ_ONLY, 243 NOT_ENOUGH_SPACE, 252 TOO_MANY_PARTS,
# 394 QUERY_WAS_CANCELLED, 32 and 33 for a peer that broke off in the middle.
OUTAGE_CODES = frozenset({32, 33, 159, 202, 209, 210, 241, 242, 243, 252, 394})


LOOPBACK = ("127.0.0.1", "::1", "localhost")


def connect(address: str) -> Client:
    """Return a client of *address*, host:port or several of them; it connects when first used.

    One query at a time. The driver asks a connection that was used before for a sign of life
    ahead of each query and makes a new one when there is none, so a restart of the server
    between two queries goes unnoticed.
    """
    first, *others = address.split(",")
    host, _, port = first.rpartition(":")
    return Client(
        host,
        int(port),
        alt_hosts=",".join(others) or None,
        client_name="qlines",
        # On loopback packing costs more than it saves (250,000 messages/s against 285,000).
        compression="lz4" if host not in LOOPBACK else False,
        connect_timeout=2,
        send_receive_timeout=60,
        sync_request_timeout=2,
        tcp_keepalive=True,
    )


@contextmanager
def raising_unavailable() -> Iterator[None]:
    """Turn the driver's errors of an outage into StoreUnavailableError; others pass."""
    try:
        yield
    except ServerException as error:
        if error.code in OUTAGE_CODES:
            raise StoreUnavailableError("clickhouse", error) from error
        raise
    except OUTAGES as error:
        raise StoreUnavailableError("clickhouse", error) from error


class Pool:
    """Lends at most *size* clients at a time, to threads or to greenlets of a patched process."""

    def __init__(self, address: str, size: int) -> None:
        self._address = address
        self._free = threading.BoundedSemaphore(size)
        self._idle: list[Client] = []

    @contextmanager
    def client(self) -> Iterator[Client]:
        """Lend a client; one whose query did not end well is thrown away.

        Raises StoreUnavailableError when ClickHouse does not answer.
        """
        with self._free, raising_unavailable():
            client = self._idle.pop() if self._idle else connect(self._address)
            try:
                yield client
            except BaseException:  # also a greenlet's timeout, which leaves half an answer unread
                client.disconnect()
                raise
            self._idle.append(client)

    def close(self) -> None:
        """End the connections that nobody uses."""
        while self._idle:
            self._idle.pop().disconnect()
