"""Send messages over a kept MQTT 3.1.1 session and wait for each one's PUBACK.

Kept, because a session for each message would add two frames of presence to the spool every ten
seconds; whether the broker accepts connections is what probes/mosquitto.py asks. Two packets of a
few bytes; paho-mqtt would cost the checker 7 MB.
Format: https://docs.oasis-open.org/mqtt/mqtt/v3.1.1/os/mqtt-v3.1.1-os.html
"""

import socket
import struct

from healthcheck.probes.connection import (
    HOST,
    ProbeError,
    ProbeTimeoutError,
    explained,
    read_exactly,
)

TOPIC = b"v1/devices/me/telemetry"
CLIENT_ID = b"canary"
KEEP_ALIVE_SECONDS = 60  # a message every 10 s keeps it alive
USER_NAME, CLEAN_SESSION = 0x80, 0x02  # flags of CONNECT
MAX_ONE_BYTE_LENGTH = 127
REFUSALS = {3: "has no registry file", 5: "does not know the canary's token"}


class Session:
    """A connection of the canary's device to the broker, opened when it is needed."""

    def __init__(self, port: int, token: str) -> None:
        self._port = port
        self._token = token
        self._socket: socket.socket | None = None
        self._packet_id = 0

    def publish(self, payload: bytes, timeout_seconds: float) -> None:
        """Return once the broker has acknowledged the message; raise ProbeError otherwise.

        When the broker has closed the session since the last message, as in a restart, a new one
        counts. A copy that arrives twice is stored once or shows the same number.
        """
        if self._socket is not None:
            try:
                return self._exchange(payload)
            except ProbeTimeoutError:
                raise
            except ProbeError:
                pass  # a broker that is well accepts a new session
        self._open(timeout_seconds)
        return self._exchange(payload)

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _open(self, timeout_seconds: float) -> None:
        self.close()
        with explained(self._port):
            sock = socket.create_connection((HOST, self._port), timeout_seconds)
        self._socket = sock
        try:
            with explained(self._port):
                sock.sendall(connect_packet(self._token))
                check_connack(read_exactly(sock, 4))
        except ProbeError:
            self.close()
            raise

    def _exchange(self, payload: bytes) -> None:
        assert self._socket is not None, "_open() raises when it leaves no connection"
        self._packet_id = self._packet_id % 0xFFFF + 1
        try:
            with explained(self._port):
                self._socket.sendall(publish_packet(self._packet_id, payload))
                check_puback(read_exactly(self._socket, 4), self._packet_id)
        except ProbeError:
            self.close()  # a late PUBACK must not be taken for that of the next message
            raise


def connect_packet(token: str) -> bytes:
    """Return a CONNECT with the token as the user name."""
    header = b"\x00\x04MQTT" + struct.pack(">BBH", 4, USER_NAME | CLEAN_SESSION, KEEP_ALIVE_SECONDS)
    return packet(0x10, header + text(CLIENT_ID) + text(token.encode()))


def publish_packet(packet_id: int, payload: bytes) -> bytes:
    """Return a PUBLISH at QoS 1."""
    return packet(0x32, text(TOPIC) + struct.pack(">H", packet_id) + payload)


def packet(kind: int, body: bytes) -> bytes:
    """Return a packet with a body of up to 127 bytes, whose length fits one byte."""
    assert len(body) <= MAX_ONE_BYTE_LENGTH, f"{len(body)} bytes need a longer length field"
    return bytes([kind, len(body)]) + body


def text(data: bytes) -> bytes:
    """Return a string as MQTT writes it: its length in two bytes, then its bytes."""
    return struct.pack(">H", len(data)) + data


def check_connack(reply: bytes) -> None:
    """Raise ProbeError unless the four bytes are a CONNACK that accepts."""
    kind, length, _flags, code = reply
    if (kind, length) != (0x20, 2):
        raise ProbeError("answers CONNECT without a CONNACK")
    if code:
        raise ProbeError(REFUSALS.get(code, f"refuses CONNECT with code {code}"))


def check_puback(reply: bytes, packet_id: int) -> None:
    """Raise ProbeError unless the four bytes acknowledge this packet."""
    if reply != struct.pack(">BBH", 0x40, 2, packet_id):
        raise ProbeError("answers PUBLISH with something else than its PUBACK")
