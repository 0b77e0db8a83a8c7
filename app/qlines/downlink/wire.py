"""The bytes between the broker's plugin and its control client.

The plugin's side is appliance/broker/downlink_order.h and control_events.h. All numbers are in
network byte order; a text is its length in 2 bytes, and UTF-8.
"""

import struct
from collections.abc import Callable
from enum import IntEnum
from typing import NamedTuple

TOPIC = "$CONTROL/qlines/v1"
USER = "qlines-control"
CLIENT_ID = "qlines-control"
SOCKET = "mosquitto.sock"  # in the run folder
SECRET_FILE = "control-secret"  # noqa: S105 - its name in the run folder
MAX_PAYLOAD_BYTES = 65_536
MAX_ON_THE_WAY = 20  # of one client
NO_TAG = 0  # of an order whose results nobody waits for

_ORDER = struct.Struct(">BBIQ")
_TEXT = struct.Struct(">H")
_EVENT = struct.Struct(">IB")
_HELLO = struct.Struct(">QB")
_RESULT = struct.Struct(">QB")


class WireError(ValueError):
    """The plugin sent bytes that this version does not know."""


class OrderKind(IntEnum):
    """What the plugin is to do."""

    SEND = 1
    WATCH = 2  # it was sent before: say when it has been delivered


class Order(NamedTuple):
    """One message to one client; *tag* is given back with each result."""

    tag: int
    client_id: str  # the broker's: <device id>/<the device's own>
    topic: str
    payload: bytes
    qos: int = 1
    expiry_seconds: int = 0  # 0: none
    kind: OrderKind = OrderKind.SEND


class Result(IntEnum):
    """What became of an order. One that was written gets a second result later, with QoS 1."""

    WRITTEN = 1
    DELIVERED = 2
    NOT_CONNECTED = 3
    BUSY = 4
    TOO_LARGE = 5
    ENDED = 6  # the session ended before the acknowledgement
    KEPT = 7  # likewise, but the broker sends it again when the session resumes
    UNKNOWN = 8  # to WATCH: it is not on the way


class Hello(NamedTuple):
    """The first event of a connection: everything said before is void."""

    broker_started_us: int  # since 1970
    side: str  # of a pairing; empty without one


class Session(NamedTuple):
    """A connected client and all its filters, each with its QoS; none: it can not be sent to."""

    client_id: str
    filters: dict[str, int]


class Ended(NamedTuple):
    """A client that was said before has disconnected."""

    client_id: str
    is_kept: bool  # the broker keeps its session


class Synced(NamedTuple):
    """Every session that was connected at the hello has been said."""


class Results(NamedTuple):
    """What became of orders, by tag, in the order in which it happened."""

    results: list[tuple[int, Result]]


class Request(NamedTuple):
    """What a client asks; it comes after the session that has what it subscribed to before.

    Nothing of it is stored: without an answer the client asks again after a while.
    """

    client_id: str
    topic: str
    payload: bytes


class Provision(NamedTuple):
    """What a connection asks that has no token yet; an order to *client_id* answers it."""

    client_id: str  # the broker's: provision/<number>
    address: str  # of the network
    payload: bytes


Event = Hello | Session | Ended | Synced | Results | Request | Provision


def encode_order(order: Order) -> bytes:
    """Return an order's bytes."""
    return b"".join(
        (
            _ORDER.pack(order.kind, order.qos, order.expiry_seconds, order.tag),
            _encode_text(order.client_id),
            _encode_text(order.topic),
            order.payload,
        )
    )


def decode_event(data: bytes) -> tuple[int, Event]:
    """Return an event and its number since the hello; raise WireError when it is not valid."""
    try:
        sequence, kind = _EVENT.unpack_from(data)
        return sequence, DECODERS[kind](data[_EVENT.size :])
    except (struct.error, KeyError, ValueError) as error:
        raise WireError(
            f"an event of the broker must be one of {NAMES}, got {data[:64]!r}"
        ) from error


def _encode_text(text: str) -> bytes:
    raw = text.encode()
    return _TEXT.pack(len(raw)) + raw


def _take_text(data: bytes, at: int) -> tuple[str, int]:
    (length,) = _TEXT.unpack_from(data, at)
    at += _TEXT.size
    raw = data[at : at + length]
    if len(raw) < length:
        raise ValueError(f"a text of {length} bytes ends after {len(raw)}")
    return raw.decode(), at + length


def _hello(data: bytes) -> Hello:
    started_us, side = _HELLO.unpack(data)
    return Hello(started_us, chr(side) if side else "")


def _session(data: bytes) -> Session:
    client_id, at = _take_text(data, 0)
    filters = {}
    while at < len(data):
        qos = data[at]
        topic_filter, at = _take_text(data, at + 1)
        filters[topic_filter] = qos
    return Session(client_id, filters)


def _ended(data: bytes) -> Ended:
    client_id, _ = _take_text(data, 1)
    return Ended(client_id, is_kept=bool(data[0]))


def _synced(_: bytes) -> Synced:
    return Synced()


def _results(data: bytes) -> Results:
    return Results([(tag, Result(result)) for tag, result in _RESULT.iter_unpack(data)])


def _request(data: bytes) -> Request:
    client_id, at = _take_text(data, 0)
    topic, at = _take_text(data, at)
    return Request(client_id, topic, data[at:])


def _provision(data: bytes) -> Provision:
    client_id, at = _take_text(data, 0)
    address, at = _take_text(data, at)
    return Provision(client_id, address, data[at:])


DECODERS: dict[int, Callable[[bytes], Event]] = {
    1: _hello,
    2: _session,
    3: _ended,
    4: _synced,
    5: _results,
    6: _request,
    7: _provision,
}
NAMES = "hello, session, ended, synced, results, request, provision"
