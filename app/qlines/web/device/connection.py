"""The connection of a device that polls, and how it is answered without the server."""

import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from email.utils import formatdate
from http import HTTPStatus
from typing import Protocol
from wsgiref.types import WSGIEnvironment

from qlines.web.device.answers import Answer
from qlines.web.extensions import client_has_left, take_connection

log = logging.getLogger(__name__)

SEND_SECONDS = 10.0  # to a device that reads slowly
ANSWERED = -1


class Connection(Protocol):
    """What a poll does with its connection."""

    def has_left(self) -> bool:
        """Return whether the device has hung up, as far as is known by now."""
        ...

    def take(self) -> bool:
        """Take it from the server, which forgets the request; return False where that cannot be."""
        ...

    def answer(self, answer: Answer) -> None:
        """Answer on a connection that was taken, and close it."""
        ...


class RequestConnection:
    """The connection of one request. Once it was taken it costs a number, no thread, no buffer."""

    def __init__(self, environ: WSGIEnvironment) -> None:
        self._environ: WSGIEnvironment | None = environ
        self._descriptor = ANSWERED

    def has_left(self) -> bool:
        """Return whether the device has hung up; of another server than gunicorn nobody knows."""
        if self._environ is not None:
            connection = self._environ.get("gunicorn.socket")
            return connection is not None and client_has_left(connection)
        if self._descriptor == ANSWERED:
            return True
        with _borrowed(self._descriptor) as connection:
            return client_has_left(connection)

    def take(self) -> bool:
        """Take it from the server, and forget the request; return whether that could be."""
        if self._environ is None:
            return True
        descriptor = take_connection(self._environ)
        if descriptor is None:
            return False
        self._descriptor, self._environ = descriptor, None
        return True

    def answer(self, answer: Answer) -> None:
        """Answer and close; a device that has left, or does not read, gets nothing."""
        # From here on the number may be that of another file.
        descriptor, self._descriptor = self._descriptor, ANSWERED
        connection = socket.socket(fileno=descriptor)
        try:
            connection.settimeout(SEND_SECONDS)
            connection.sendall(response(answer, formatdate(usegmt=True)))
            connection.shutdown(socket.SHUT_WR)
        except OSError as error:
            log.debug("a poll could not be answered: %s", error)
        finally:
            connection.close()


@contextmanager
def _borrowed(descriptor: int) -> Iterator[socket.socket]:
    """Make a socket of the file descriptor, which stays open after the block."""
    with socket.socket(fileno=os.dup(descriptor)) as connection:
        yield connection


def response(answer: Answer, date: str) -> bytes:
    """Return the response as it is sent, the last of its connection (RFC 9112)."""
    headers = [
        ("Server", "gunicorn"),
        ("Date", date),
        ("Connection", "close"),
        *answer.headers,
        ("Content-Length", str(len(answer.body))),
    ]
    status = f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}\r\n"
    head = status + "".join(f"{name}: {value}\r\n" for name, value in headers) + "\r\n"
    return head.encode("latin-1") + answer.body
