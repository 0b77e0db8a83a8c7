"""Connect to ClickHouse, pool the connections, and tell an outage from an error."""

import random
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial

from clickhouse_driver import Client
from clickhouse_driver.errors import (
    NetworkError,
    ServerException,
    SocketTimeoutError,
    UnexpectedPacketFromServerError,
)

from qlines.addresses import tls
from qlines.addresses.clickhouse import parse
from qlines.errors import QueryLimitError, StoreRefusedError, StoreUnavailableError

OUTAGES = (
    NetworkError, SocketTimeoutError, EOFError, OSError, UnexpectedPacketFromServerError,
)  # fmt: skip
# Answers of a server that is busy, full, starting or stopping: 202 TOO_MANY_SIMULTANEOUS_QUERIES,
# 209 SOCKET_TIMEOUT, 210 NETWORK_ERROR, 241 MEMORY_LIMIT_EXCEEDED, 242 TABLE_IS_READ_ONLY, 243
# NOT_ENOUGH_SPACE, 252 TOO_MANY_PARTS, 394 QUERY_WAS_CANCELLED, 32 and 33 for a connection that
# broke in the middle of a message. Of an insert with a quorum: 285 TOO_LESS_LIVE_REPLICAS, 286
# UNSATISFIED_QUORUM_FOR_PREVIOUS_WRITE, 319 UNKNOWN_STATUS_OF_INSERT; of ZooKeeper: 225
# NO_ZOOKEEPER, which is also a session that has expired, 999 KEEPER_EXCEPTION.
OUTAGE_CODES = frozenset({32, 33, 202, 209, 210, 225, 241, 242, 243, 252, 285, 286, 319, 394, 999})

# Limits of a query, which only clients with such settings have (store/query_limits.py), each with
# the HTTP status of the answer: 158 TOO_MANY_ROWS, 396 TOO_MANY_ROWS_OR_BYTES, 159
# TIMEOUT_EXCEEDED, 160 TOO_SLOW. The first two fail again, the others may succeed on a machine that
# is less busy.
LIMIT_CODES = {158: 422, 396: 422, 159: 503, 160: 503}
TOO_MUCH = {
    422: "the query would read too many points (QLINES_QUERY_ROWS)",
    503: "the query took too long (QLINES_QUERY_SECONDS)",
}
REMEDY = "ask for a shorter time or for fewer keys at once, or request an export"

# What the server says to a program that may not do what it asked for. 192 UNKNOWN_USER, 193
# WRONG_PASSWORD, 194 REQUIRED_PASSWORD, 516 AUTHENTICATION_FAILED; 195 IP_ADDRESS_NOT_ALLOWED; 81
# UNKNOWN_DATABASE; 164 READONLY, 291 DATABASE_ACCESS_DENIED, 497 ACCESS_DENIED.
WRONG_SIGN_IN = "it does not accept the user and the password in QLINES_CLICKHOUSE: correct them"
LACKS_RIGHT = "the user in QLINES_CLICKHOUSE lacks a right there"
REFUSAL_CODES = {
    192: WRONG_SIGN_IN,
    193: WRONG_SIGN_IN,
    194: WRONG_SIGN_IN,
    516: WRONG_SIGN_IN,
    195: "it does not let this machine in: add its address to the user's networks there",
    81: "the database in QLINES_CLICKHOUSE does not exist: create it",
    164: LACKS_RIGHT,
    291: LACKS_RIGHT,
    497: LACKS_RIGHT,
}


def connect(
    address: str,
    *,
    answer_seconds: int = 60,
    settings: Mapping[str, int] | None = None,
    first: int = 0,
) -> Client:
    """Return a client of *address*, as QLINES_CLICKHOUSE has it.

    *answer_seconds* is how long the server may be silent, *settings* are ClickHouse's for each
    query of this client. Of several servers it takes the one with the number *first*, counted round
    and round, and the next one while that does not answer.

    It connects with the first query and runs one query at a time. The driver pings a used
    connection ahead of each query and replaces a dead one, so a restart of the server between
    two queries goes unnoticed.
    """
    parsed = parse(address)
    skipped = first % len(parsed.servers)
    (host, port), *others = parsed.servers[skipped:] + parsed.servers[:skipped]
    return Client(
        host,
        port,
        alt_hosts=",".join(f"{_bracketed(name)}:{number}" for name, number in others) or None,
        user=parsed.user,
        password=parsed.password,
        database=parsed.database,
        client_name="qlines",
        # On loopback, compression costs more than it saves (250,000 against 285,000 messages/s).
        compression=False if parsed.is_on_loopback else "lz4",
        connect_timeout=2,
        send_receive_timeout=answer_seconds,
        sync_request_timeout=2,
        tcp_keepalive=True,
        settings=dict(settings or {}),
        **parsed.options,
    )


def version(client: Client) -> tuple[int, int]:
    """Return the server's version, such as (18, 16).

    Raise StoreUnavailableError when it does not answer, and StoreRefusedError, which is one.
    """
    with raising_unavailable():
        try:
            client.execute("SELECT 1")
        except EOFError as error:
            hint = "it hangs up; if it speaks TLS at this port, QLINES_CLICKHOUSE needs ?secure=1"
            raise ConnectionError(hint) from error
    server = client.connection.server_info
    return server.version_major, server.version_minor


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


TLS = {
    "address": "QLINES_CLICKHOUSE",
    "authority": "ca_certs of QLINES_CLICKHOUSE",
    "certificate": "certfile and keyfile of QLINES_CLICKHOUSE",
}


def _refusal(error: ServerException) -> str:
    """Return the reason, with the server's own words where the code does not say which right."""
    reason = REFUSAL_CODES[error.code]
    words = str(error.message).splitlines()[0].removeprefix("DB::Exception: ")
    return f"{reason}: {words}" if reason is LACKS_RIGHT else reason


@contextmanager
def raising_unavailable() -> Iterator[None]:
    """Raise StoreUnavailableError for the driver's errors of an outage; others pass through.

    A query that reached one of its limits raises QueryLimitError, and a server that does not accept
    this program, or that it does not trust, StoreRefusedError; both are StoreUnavailableErrors.
    """
    try:
        yield
    except ServerException as error:
        if error.code in LIMIT_CODES:
            status = LIMIT_CODES[error.code]
            raise QueryLimitError(f"{TOO_MUCH[status]}: {REMEDY}", status, error) from error
        if error.code in REFUSAL_CODES:
            raise StoreRefusedError("clickhouse", _refusal(error)) from error
        if error.code in OUTAGE_CODES:
            raise StoreUnavailableError("clickhouse", error) from error
        raise
    except OUTAGES as error:
        if reason := tls.reason(error, **TLS):
            raise StoreRefusedError("clickhouse", reason) from error
        raise StoreUnavailableError("clickhouse", error) from error


class Pool:
    """Lends at most *size* clients at a time, to threads or, in a patched process, to greenlets.

    The first one is a client of the first server, or of any with *any_replica*. After a query that
    failed the next one begins with the next server: a replica that has lost ZooKeeper answers, but
    accepts no insert.
    """

    def __init__(
        self,
        address: str,
        size: int,
        settings: Mapping[str, int] | None = None,
        *,
        any_replica: bool = False,
    ) -> None:
        self._connect = partial(connect, address, settings=settings)
        servers = range(len(parse(address).servers))
        self._first = random.choice(servers) if any_replica else 0  # noqa: S311 - no secret
        self._free = threading.BoundedSemaphore(size)
        self._idle: list[Client] = []

    @contextmanager
    def client(self) -> Iterator[Client]:
        """Lend a client; wait while all are lent. One whose query failed is discarded.

        Raise StoreUnavailableError when ClickHouse does not answer.
        """
        with self._free, raising_unavailable():
            client = self._idle.pop() if self._idle else self._connect(first=self._first)
            try:
                yield client
            except BaseException:  # also a greenlet's timeout: the rest of the answer is unread
                client.disconnect()
                self._first += 1
                raise
            self._idle.append(client)

    def close(self) -> None:
        """Close the connections that are not lent."""
        while self._idle:
            self._idle.pop().disconnect()
