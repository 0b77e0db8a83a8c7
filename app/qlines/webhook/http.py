"""Send one HTTP request to one IP address and return the response.

The protocol is h11's. The socket is ours, because the address was checked before, and because a
deadline must hold for the request as a whole: with a time-out of each step a server that sends a
byte now and then could hold its client for hours. Redirects are not followed.
"""

import socket
import ssl
from typing import NamedTuple

import h11

from qlines.errors import WebhookError
from qlines.webhook.deadline import Deadline
from qlines.webhook.url import Target

READ_BYTES = 16_384
CONNECT_SECONDS = 3.0  # to one of several addresses
MAX_ADDRESSES = 3  # that are tried
Headers = list[tuple[str, str]]


class Response(NamedTuple):
    """What came back; the names of *headers* are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def connect(
    target: Target, found: list[str], tls: ssl.SSLContext, deadline: Deadline
) -> socket.socket:
    """Return a connection to the first of these addresses that accepts one.

    Its certificate must be valid for the target's host, whatever the address is.
    """
    plain = _connect_to_one(target, found, deadline)
    if not target.is_tls:
        return plain
    try:
        plain.settimeout(deadline.left())
        return tls.wrap_socket(plain, server_hostname=target.host)
    except BaseException:
        plain.close()
        raise


def _connect_to_one(target: Target, found: list[str], deadline: Deadline) -> socket.socket:
    errors: list[OSError] = []
    for address in found[:MAX_ADDRESSES]:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        connection = socket.socket(family, socket.SOCK_STREAM)
        try:
            connection.settimeout(min(CONNECT_SECONDS, deadline.left()))
            connection.connect((address, target.port))
        except OSError as error:
            connection.close()
            errors.append(error)
        else:
            return connection
    reason = (errors[0].strerror or "it did not answer") if errors else "it has no address"
    raise WebhookError(f"{target.authority} cannot be connected to: {reason}")


def exchange(
    connection: socket.socket,
    request: h11.Request,
    body: bytes,
    *,
    max_bytes: int,
    deadline: Deadline,
) -> Response:
    """Send a request and return its response; raise WebhookError when it is not one.

    Raise TimeoutError at the deadline, other OSErrors when the connection breaks.
    """
    protocol = h11.Connection(h11.CLIENT)
    parts = (
        protocol.send(request),
        protocol.send(h11.Data(body)),
        protocol.send(h11.EndOfMessage()),
    )
    connection.settimeout(deadline.left())
    connection.sendall(b"".join(part or b"" for part in parts))
    try:
        return _response(connection, protocol, max_bytes, deadline)
    except h11.RemoteProtocolError as error:
        raise WebhookError(f"it did not answer with HTTP: {error}") from None


def _response(
    connection: socket.socket, protocol: h11.Connection, max_bytes: int, deadline: Deadline
) -> Response:
    head: h11.Response | None = None
    body = bytearray()
    while True:
        event = protocol.next_event()
        if event is h11.NEED_DATA:
            connection.settimeout(deadline.left())
            data = connection.recv(READ_BYTES)
            if not data and head is None:
                raise WebhookError("it closed the connection without an answer")
            protocol.receive_data(data)
        elif isinstance(event, h11.Response):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
            if len(body) > max_bytes:
                raise WebhookError(f"its answer has more than {max_bytes:,} bytes")
        elif isinstance(event, h11.EndOfMessage) and head is not None:
            names = {
                name.decode("latin-1"): value.decode("latin-1") for name, value in head.headers
            }
            return Response(head.status_code, names, bytes(body))
