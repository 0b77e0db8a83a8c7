"""Flask's extensions, unbound; the only module that knows what kind of worker runs the app.

Under gunicorn's eventlet worker everything is green: a thread is a greenlet, and what keeps a core
busy or waits for the disk stops every request. Under gthread threads are threads.
"""

import importlib
import logging
import sys
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from flask_wtf import CSRFProtect

from qlines.web.light_socketio import flask_socketio, socketio

P = ParamSpec("P")
T = TypeVar("T")

# gunicorn loads eventlet for its eventlet worker alone, before it loads this app.
ASYNC_MODE = "eventlet" if "eventlet" in sys.modules else "threading"

log = logging.getLogger(__name__)

REAL_THREADS = 4  # enough for a few sign-ins and the disk; each argon2 takes 19 MiB meanwhile
LONGEST_RETRY_SECONDS = 2

csrf = CSRFProtect()
sockets = flask_socketio.SocketIO()


def off_the_loop(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Call the function in a real thread when the worker is green, and return its result.

    The function must take no lock that green code takes too: it would wait in the wrong loop.
    """
    if ASYNC_MODE == "threading":
        return function(*args, **kwargs)
    pool: Any = importlib.import_module(f"{ASYNC_MODE}.tpool")
    result: T = pool.execute(function, *args, **kwargs)
    return result


def prepare_real_threads() -> None:
    """Set the number of real threads, before the first is used."""
    if ASYNC_MODE != "threading":
        importlib.import_module(f"{ASYNC_MODE}.tpool").set_num_threads(REAL_THREADS)


class SocketErrors:
    """Takes what eventlet writes when a browser went away: a line for each that nobody needs."""

    def __init__(self, inner: Any) -> None:
        self._inner = inner

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Hand the request on; what it writes as errors goes to the debug log."""
        if environ["PATH_INFO"].startswith("/socket.io/"):
            environ["wsgi.errors"] = self
        return self._inner(environ, start_response)

    def write(self, text: str) -> None:
        """Log what a socket's end left to say."""
        log.debug("a socket ended: %s", text.strip())

    def flush(self) -> None:
        """Do nothing: the log keeps nothing back."""


class PatientRedisManager(socketio.RedisManager):  # type: ignore[misc] # ships no types
    """Socket.IO's message queue over Redis, back within two seconds of a Redis that came back.

    The original doubles its pause up to a minute, and live values would stay away as long.
    """

    def _redis_listen_with_retries(self) -> Any:
        while True:
            try:
                self._redis_connect()
                self.pubsub.subscribe(self.channel)
                yield from self.pubsub.listen()
            except Exception as error:  # noqa: BLE001 - whatever ended the listening, begin again
                self._get_logger().warning("waits for redis: %s", error)
                sockets.sleep(LONGEST_RETRY_SECONDS)
