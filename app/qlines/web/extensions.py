"""Flask's extensions, unbound; the only module that knows which gunicorn worker runs the app.

Under the eventlet worker a thread is a greenlet: a function that computes for long or waits for
the disk blocks every request. Under the gthread worker a thread is a thread.
"""

import importlib
import logging
import os
import socket
import sys
from collections.abc import Callable, Iterable
from typing import Any, ParamSpec, TypeVar
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from flask_wtf import CSRFProtect

from qlines.addresses.redis import has_sentinels
from qlines.clients import redis
from qlines.web.light_socketio import flask_socketio, socketio

P = ParamSpec("P")
T = TypeVar("T")

# gunicorn imports eventlet only for its eventlet worker, and before it imports this app.
ASYNC_MODE = "eventlet" if "eventlet" in sys.modules else "threading"

log = logging.getLogger(__name__)

# Enough for a sign-in, the disk, and a few names that a DNS does not answer for ten seconds.
REAL_THREADS = 8
RETRY_SECONDS = 2

SOCKET_OPTIONS: dict[str, Any] = {
    "async_mode": ASYNC_MODE,
    "manage_session": False,
    # By default each event has a thread of its own, and "unwatch" could overtake the "watch" before
    # it, which waits for MongoDB: the page would watch what it left, and at last be refused.
    "async_handlers": False,
}

csrf = CSRFProtect()
sockets = flask_socketio.SocketIO()


def off_the_loop(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call the function in a real thread under a green worker, and return its result.

    The function must not take a lock that greenlets take too: eventlet's locks wait in the event
    loop of their own thread.
    """
    if ASYNC_MODE == "threading":
        return function(*args, **kwargs)
    pool: Any = importlib.import_module(f"{ASYNC_MODE}.tpool")
    result: T = pool.execute(function, *args, **kwargs)
    return result


def prepare_real_threads() -> None:
    """Set the number of real threads, before the first is used, and look names up in them.

    Without eventlet's resolver, which is 10 MB, the look-up of a name would block every request.
    Of a store whose machine is dead it may take ten seconds, and it is repeated for as long.
    """
    if ASYNC_MODE == "threading":
        return
    importlib.import_module(f"{ASYNC_MODE}.tpool").set_num_threads(REAL_THREADS)
    look_up = _off_the_loop_unless_numeric(socket.getaddrinfo)
    # create_connection() is eventlet's own, with a name of its own for it.
    modules: tuple[Any, ...] = (socket, importlib.import_module(f"{ASYNC_MODE}.green.socket"))
    for module in modules:
        module.getaddrinfo = look_up


def _off_the_loop_unless_numeric(look_up: Callable[..., T]) -> Callable[..., T]:
    def getaddrinfo(
        host: Any, port: Any, family: int = 0, type: int = 0, proto: int = 0, flags: int = 0  # noqa: A002 - socket's names
    ) -> T:  # fmt: skip
        try:
            return look_up(host, port, family, type, proto, flags | socket.AI_NUMERICHOST)
        except socket.gaierror:
            return off_the_loop(look_up, host, port, family, type, proto, flags)

    return getaddrinfo


def client_has_left(connection: Any) -> bool:
    """Return whether the client has closed this socket, as far as is known by now.

    One that has sent its next request already has not.
    """
    plain: Any = getattr(connection, "fd", connection)  # eventlet's socket would wait for data
    try:
        return bool(plain.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b"")
    except BlockingIOError:
        return False
    except OSError:
        return True


def take_connection(environ: WSGIEnvironment) -> int | None:
    """Take the connection of a request from the server; return its file descriptor, to be closed.

    The server then ends the request without an answer, and the connection stays open. Return None
    where it cannot let go: under the gthread worker, and in tests.
    """
    connection = environ.get("gunicorn.socket")
    if ASYNC_MODE == "threading" or connection is None:
        return None
    # eventlet's word for it, which gunicorn's worker knows; it is of the greenlet of this request.
    importlib.import_module(f"{ASYNC_MODE}.wsgi").WSGI_LOCAL.already_handled = True
    return os.dup(connection.fileno())


class QuietDisconnects:
    """WSGI middleware that sends eventlet's per-disconnect noise to the debug log.

    eventlet's WebSocket writes a line to ``environ["wsgi.errors"]`` whenever a browser closes the
    connection first, which gunicorn would log as an error.
    """

    def __init__(self, inner: WSGIApplication) -> None:
        self._inner = inner

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Pass the request to *inner*, with this object as the error stream of its sockets."""
        if environ["PATH_INFO"].startswith("/socket.io/"):
            environ["wsgi.errors"] = self
        return self._inner(environ, start_response)

    def write(self, text: str) -> None:
        """Log what the socket's handler wrote."""
        log.debug("a socket was closed: %s", text.strip())

    def flush(self) -> None:
        """Do nothing: write() has logged everything."""


class PatientRedisManager(socketio.RedisManager):  # type: ignore[misc] # ships no types
    """Socket.IO's message queue over Redis, which reconnects every two seconds.

    The parent doubles its pause up to a minute; after a restart of Redis the pages would show no
    live values for as long. It has no setting for that, so this overrides a private method;
    tests/unit/web/test_extensions.py fails when a new release renames it. Behind Sentinels the
    client is ours, because the parent's knows neither their sign-in nor TLS.
    """

    def _redis_connect(self) -> None:
        if not has_sentinels(self.redis_url):
            super()._redis_connect()
            return
        client: Any = redis.connect(self.redis_url, answer_seconds=None)  # it listens for hours
        self.redis, self.pubsub = client, client.pubsub(ignore_subscribe_messages=True)
        self.connected = True

    def _redis_listen_with_retries(self) -> Any:
        while True:
            try:
                self._redis_connect()
                self.pubsub.subscribe(self.channel)
                yield from self.pubsub.listen()
            except Exception as error:  # noqa: BLE001 - reconnect after any error
                self._get_logger().warning("waiting for redis: %s", error)
                sockets.sleep(RETRY_SECONDS)
