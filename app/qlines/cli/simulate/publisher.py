"""Send like devices: one MQTT connection each, QoS 1, all served by one loop."""

import logging
import selectors
import time
from collections.abc import Mapping
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from qlines.errors import QLinesError

log = logging.getLogger(__name__)

TOPIC = "v1/devices/me/telemetry"
KEEPALIVE_SECONDS = 60
RECONNECT_SECONDS = 1.0
HOUSEKEEPING_SECONDS = 1.0
# Per device. Otherwise a broker that slows its senders down would fill our memory.
MAX_UNACKNOWLEDGED = 1_000


class BrokerUnreachableError(QLinesError):
    """The broker cannot be reached."""


class Publisher:
    """The MQTT connections of the simulated devices; *tokens* by the index of the device."""

    def __init__(self, host: str, port: int, tokens: Mapping[int, str]) -> None:
        self._address = (host, port)
        self._selector = selectors.DefaultSelector()
        self._registered: dict[int, Any] = {}
        self._retry_at: dict[int, float] = {}
        self._unacknowledged = dict.fromkeys(tokens, 0)
        self._housekeeping_at = 0.0
        self.sent = 0
        self.acknowledged = 0
        self.held_back = 0
        self._clients = {index: self._new_client(index, token) for index, token in tokens.items()}

    def _new_client(self, index: int, token: str) -> mqtt.Client:
        client = mqtt.Client(CallbackAPIVersion.VERSION2)
        client.username_pw_set(token)
        client.max_inflight_messages_set(MAX_UNACKNOWLEDGED)

        def on_publish(*_: Any) -> None:
            self.acknowledged += 1
            self._unacknowledged[index] -= 1

        client.on_publish = on_publish
        return client

    def connect(self) -> None:
        """Connect every device; raise BrokerUnreachableError when a connection fails."""
        for index, client in self._clients.items():
            try:
                client.connect(*self._address, keepalive=KEEPALIVE_SECONDS)
            except OSError as error:
                host, port = self._address
                raise BrokerUnreachableError(
                    f"the broker at {host}:{port} cannot be reached: {error}"
                ) from None
            self._watch(index)

    def publish(self, index: int, payload: str) -> None:
        """Send a device's message; hold it back while too many are unacknowledged."""
        if self._unacknowledged[index] >= MAX_UNACKNOWLEDGED:
            self.held_back += 1
            return
        self._unacknowledged[index] += 1
        self.sent += 1
        self._clients[index].publish(TOPIC, payload, qos=1)

    def serve(self, until: float) -> None:
        """Serve the connections until the monotonic time *until*, at least once."""
        while True:
            self._do_housekeeping(time.monotonic())
            self._watch_writers()
            timeout_seconds = max(0.0, min(until - time.monotonic(), HOUSEKEEPING_SECONDS))
            for key, events in self._selector.select(timeout_seconds):
                self._serve(key.data, events)
            if time.monotonic() >= until:
                return

    def close(self) -> None:
        """Disconnect every device; what is not acknowledged yet is given up."""
        for client in self._clients.values():
            client.disconnect()

    def _serve(self, index: int, events: int) -> None:
        client = self._clients[index]
        code = mqtt.MQTT_ERR_SUCCESS
        if events & selectors.EVENT_READ:
            code = client.loop_read()
        if events & selectors.EVENT_WRITE and code == mqtt.MQTT_ERR_SUCCESS:
            code = client.loop_write()
        if code != mqtt.MQTT_ERR_SUCCESS:
            self._forget(index)

    def _do_housekeeping(self, now: float) -> None:
        if now < self._housekeeping_at:
            return
        self._housekeeping_at = now + HOUSEKEEPING_SECONDS
        for index, client in self._clients.items():
            if index in self._registered:
                if client.loop_misc() != mqtt.MQTT_ERR_SUCCESS:
                    self._forget(index)
            elif now >= self._retry_at.get(index, 0.0):
                self._reconnect(index, client, now)

    def _reconnect(self, index: int, client: mqtt.Client, now: float) -> None:
        self._retry_at[index] = now + RECONNECT_SECONDS
        try:
            client.reconnect()
        except OSError as error:
            log.info("device %s could not reconnect: %s", index, error)
        else:
            self._watch(index)

    def _watch(self, index: int) -> None:
        sock: Any = self._clients[index].socket()
        self._registered[index] = sock
        self._selector.register(sock, selectors.EVENT_READ, index)

    def _watch_writers(self) -> None:
        for index, sock in self._registered.items():
            events = selectors.EVENT_READ
            if self._clients[index].want_write():
                events |= selectors.EVENT_WRITE
            if self._selector.get_key(sock).events != events:
                self._selector.modify(sock, events, index)

    def _forget(self, index: int) -> None:
        sock = self._registered.pop(index, None)
        if sock is not None:
            self._selector.unregister(sock)
        self._retry_at[index] = time.monotonic() + RECONNECT_SECONDS
