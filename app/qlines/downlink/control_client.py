"""The connection to the local broker through which devices are sent to."""

import logging
import select
from collections.abc import Callable
from pathlib import Path
from typing import Any

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode

from qlines.downlink import wire
from qlines.downlink.wake import Wake

log = logging.getLogger(__name__)

KEEPALIVE_SECONDS = 10
MAX_PACKETS = 1_000  # read at once


class ControlClient:
    """Gives orders to the broker and passes its events on, in their order.

    *on_event* is called from within `run_once`, by the thread that calls it. After a lost
    connection, or a lost event, it connects again, and the first event is a Hello. *wake* ends a
    wait early.
    """

    def __init__(
        self, run_dir: Path, on_event: Callable[[wire.Event], None], wake: Wake | None = None
    ) -> None:
        self._run_dir = run_dir
        self._on_event = on_event
        self._wake = wake or Wake()
        self._expected = 0  # the number of the next event
        self._client = self._new_client()
        self._is_connected = False

    @property
    def is_connected(self) -> bool:
        """Return whether there is a connection, as far as it is known."""
        return self._is_connected

    def run_once(self, seconds: float) -> None:
        """Connect where necessary, and handle what has arrived; wait for it up to *seconds*.

        Raise OSError while there is no broker, or none that lets this client in.
        """
        if not self._is_connected:
            self._connect()
        self._is_connected = self._exchange(seconds)
        # paho reads one packet at a time. The broker ends a client that is far behind, and what
        # follows an event may be a question to a store: so all that is there is read before.
        packets = 1
        while self._is_connected and packets < MAX_PACKETS and self._has_arrived():
            self._is_connected = self._exchange(0)
            packets += 1

    def send(self, order: wire.Order) -> None:
        """Give an order; without a connection it is dropped, and the next Hello says so."""
        if len(order.payload) > wire.MAX_PAYLOAD_BYTES:  # the broker would end this connection
            log.error("dropped an order to %s of %d bytes", order.client_id, len(order.payload))
            return
        # QoS 0: the broker's answer to an order is its result, and the order goes through a socket
        # of this machine.
        self._client.publish(wire.TOPIC, wire.encode_order(order), qos=0)

    def close(self) -> None:
        """End the connection."""
        self._client.disconnect()
        self._is_connected = False

    def _exchange(self, seconds: float) -> bool:
        """Read and write once the socket is ready; return whether the connection is alive."""
        socket = self._client.socket()
        if socket is None:
            return False
        reading: list[Any] = [socket, self._wake]
        writing = [socket] if self._client.want_write() else []
        readable, writable, _ = select.select(reading, writing, [], seconds)
        self._wake.clear()
        ends = [self._client.loop_misc()]
        if writable:
            ends.append(self._client.loop_write())
        if socket in readable:
            ends.append(self._client.loop_read())
        return all(end == MQTTErrorCode.MQTT_ERR_SUCCESS for end in ends)

    def _has_arrived(self) -> bool:
        socket = self._client.socket()
        return socket is not None and bool(select.select([socket], [], [], 0)[0])

    def _new_client(self) -> Client:
        client = Client(
            CallbackAPIVersion.VERSION2,
            wire.CLIENT_ID,
            transport="unix",
            reconnect_on_failure=False,
        )
        client.on_message = self._on_message
        return client

    def _connect(self) -> None:
        secret = (self._run_dir / wire.SECRET_FILE).read_text().strip()
        self._client.username_pw_set(wire.USER, secret)
        self._expected = 0
        self._client.connect(str(self._run_dir / wire.SOCKET), keepalive=KEEPALIVE_SECONDS)
        self._is_connected = True

    def _on_message(self, _client: Client, _userdata: Any, message: MQTTMessage) -> None:
        sequence, event = wire.decode_event(bytes(message.payload))
        if sequence != self._expected:
            log.warning("lost %d events of the broker: connecting again", sequence - self._expected)
            self.close()
            return
        self._expected = sequence + 1
        self._on_event(event)
