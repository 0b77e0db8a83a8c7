"""An MQTT device on a plain socket, so that it can also send malformed packets."""

import socket
import struct
from contextlib import suppress
from typing import Self

from tests.harness.deadline import PATIENCE
from tests.integration.broker.broker import Broker

CONNACK, PUBLISH, PUBACK, PUBREC, PUBCOMP, SUBACK, UNSUBACK, PINGRESP, DISCONNECT = (
    2, 3, 4, 5, 7, 9, 11, 13, 14,
)  # fmt: skip
TELEMETRY = "v1/devices/me/telemetry"


class ClosedError(Exception):
    """The broker has closed the connection."""


def text(value: str | bytes) -> bytes:
    """Return a length and the bytes."""
    raw = value.encode() if isinstance(value, str) else value
    return struct.pack(">H", len(raw)) + raw


def packet(first_byte: int, body: bytes) -> bytes:
    """Return a whole packet."""
    length, rest = b"", len(body)
    while True:
        rest, digit = divmod(rest, 128)
        length += bytes([digit | (128 if rest else 0)])
        if not rest:
            return bytes([first_byte]) + length + body


class RawDevice:
    """One connection; use it as a context manager. *version* is 4 (MQTT 3.1.1) or 5."""

    def __init__(self, broker: Broker, *, version: int = 4) -> None:
        self.version = version
        address = ("127.0.0.1", broker.mqtt_port)
        self._socket = socket.create_connection(address, timeout=10 * PATIENCE)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection without a DISCONNECT."""
        self._socket.close()

    def send(self, data: bytes) -> None:
        """Send bytes; an error is ignored, because the next read reports a closed connection."""
        with suppress(BrokenPipeError, ConnectionResetError):
            self._socket.sendall(data)

    def read(self) -> tuple[int, int, bytes]:
        """Return type, flags and body of the next packet; raise ClosedError at the end."""
        first = self._take(1)[0]
        length, shift = 0, 0
        while True:
            digit = self._take(1)[0]
            length |= (digit & 127) << shift
            shift += 7
            if digit < 128:
                return first >> 4, first & 15, self._take(length)

    def read_type(self, kind: int) -> bytes:
        """Return the body of the next packet, which must be of this type."""
        got, _, body = self.read()
        assert got == kind, f"packet of type {kind} expected, got {got}: {body!r}"
        return body

    def is_closed_by_the_broker(self) -> bool:
        """Return True once the broker has closed; raise TimeoutError when it does not."""
        try:
            while True:
                self.read()
        except ClosedError:
            return True

    def connect(
        self,
        token: str | bytes | None,
        client_id: str | bytes = "",
        *,
        clean: bool = True,
        keepalive: int = 60,
        will: tuple[str, bytes] | None = None,
        will_retain: bool = False,
        session_seconds: int = 0,
        password: str | None = None,
        properties: bytes = b"",
    ) -> int:
        """Send CONNECT and return the code of the CONNACK."""
        flags = 0x80 * (token is not None) | 0x40 * (password is not None) | 0x02 * clean
        flags |= (0x04 | 0x20 * will_retain) if will is not None else 0
        body = text("MQTT") + bytes([self.version, flags]) + struct.pack(">H", keepalive)
        if self.version == 5:
            if session_seconds:
                properties += b"\x11" + struct.pack(">I", session_seconds)
            body += bytes([len(properties)]) + properties
        body += text(client_id)
        if will is not None:
            body += (b"\x00" if self.version == 5 else b"") + text(will[0]) + text(will[1])
        if token is not None:
            body += text(token)
        if password is not None:
            body += text(password)
        self.send(packet(0x10, body))
        self.connack = self.read_type(CONNACK)
        self.session_present = bool(self.connack[0])
        return self.connack[1]

    def publish(
        self,
        payload: bytes,
        topic: str | bytes = TELEMETRY,
        *,
        qos: int = 1,
        message_id: int = 1,
        retain: bool = False,
        is_duplicate: bool = False,
        properties: bytes = b"",
    ) -> None:
        """Send PUBLISH; do not wait for the acknowledgement."""
        head = text(topic) + (struct.pack(">H", message_id) if qos else b"")
        if self.version == 5:
            head += bytes([len(properties)]) + properties
        self.send(packet(0x30 | is_duplicate << 3 | qos << 1 | retain, head + payload))

    def release(self, message_id: int) -> None:
        """Send PUBREL and read PUBCOMP."""
        self.send(packet(0x62, struct.pack(">H", message_id)))
        self.read_type(PUBCOMP)

    def take_message(self) -> tuple[str, bytes, int]:
        """Return topic, payload and message id (0: QoS 0) of the next packet, a PUBLISH."""
        kind, flags, body = self.read()
        assert kind == PUBLISH, f"a PUBLISH expected, got packet {kind}: {body!r}"
        length = int.from_bytes(body[:2], "big")
        at, message_id = 2 + length, 0
        if flags >> 1 & 3:
            message_id, at = int.from_bytes(body[at : at + 2], "big"), at + 2
        if self.version == 5:
            at += 1 + body[at]
        return body[2 : 2 + length].decode(), body[at:], message_id

    def acknowledge(self, message_id: int) -> None:
        """Send PUBACK."""
        self.send(packet(0x40, struct.pack(">H", message_id)))

    def subscribe(self, topic: str | bytes, qos: int = 1) -> int:
        """Send SUBSCRIBE and return the reason code of the SUBACK, the next packet."""
        self.send_subscribe(topic, qos)
        return self.read_type(SUBACK)[-1]

    def send_subscribe(self, topic: str | bytes, qos: int = 1) -> None:
        """Send SUBSCRIBE."""
        properties = b"\x00" if self.version == 5 else b""
        self.send(packet(0x82, b"\x00\x07" + properties + text(topic) + bytes([qos])))

    def unsubscribe(self, topic: str) -> None:
        """Send UNSUBSCRIBE and read UNSUBACK."""
        properties = b"\x00" if self.version == 5 else b""
        self.send(packet(0xA2, b"\x00\x08" + properties + text(topic)))
        self.read_type(UNSUBACK)

    def ping(self) -> None:
        """Send PINGREQ and read PINGRESP: the broker has then handled everything before it."""
        self.send(b"\xc0\x00")
        self.read_type(PINGRESP)

    def disconnect(self) -> None:
        """Send DISCONNECT and wait until the broker has closed."""
        self.send(b"\xe0\x00")
        assert self.is_closed_by_the_broker()

    def _take(self, count: int) -> bytes:
        while len(self._buffer) < count:
            try:
                more = self._socket.recv(65536)
            except ConnectionResetError:
                more = b""
            if not more:
                raise ClosedError
            self._buffer += more
        taken, self._buffer = self._buffer[:count], self._buffer[count:]
        return taken
