"""Send like devices, and answer commands: one MQTT connection each, QoS 1, all in one loop."""

import logging
import selectors
import time
from collections.abc import Callable, Mapping
from typing import Any

import paho.mqtt.client as mqtt
from paho.mqtt.enums import CallbackAPIVersion

from qlines.errors import QLinesError

log = logging.getLogger(__name__)

TOPIC = "v1/devices/me/telemetry"
COMMANDS = "v1/devices/me/rpc/request/+"
ANSWERS = "v1/devices/me/rpc/response/"  # and the number of the command
KEEPALIVE_SECONDS = 60
RECONNECT_SECONDS = 1.0
HOUSEKEEPING_SECONDS = 1.0
# Per device. Otherwise a broker that slows its senders down would fill our memory.
MAX_UNACKNOWLEDGED = 1_000


class BrokerUnreachableError(QLinesError):
    """The broker cannot be reached."""


class Publisher:
    """The MQTT connections of the simulated devices; *tokens* by the index of the device.

    *answer* is called with that index and the payload of a command, and returns the payload of the
    answer. Answers are in none of the counts but `answered` and `held_back`.
    """

    def __init__(
        self,
        host: str,
        port: int,
        tokens: Mapping[int, str],
        answer: Callable[[int, bytes], str],
    ) -> None:
        self._address = (host, port)
        self._answer = answer
        self._selector = selectors.DefaultSelector()
        self._registered: dict[int, Any] = {}
        self._retry_at: dict[int, float] = {}
        self._unacknowledged = dict.fromkeys(tokens, 0)
        self._unacknowledged_answers: set[tuple[int, int]] = set()  # index, message id
        self._housekeeping_at = 0.0
        self.sent = 0
        self.acknowledged = 0
        self.held_back = 0
        self.answered = 0
        self._clients = {index: self._new_client(index, token) for index, token in tokens.items()}

    def _new_client(self, index: int, token: str) -> mqtt.Client:
        client = mqtt.Client(CallbackAPIVersion.VERSION2)
        client.username_pw_set(token)
        client.max_inflight_messages_set(MAX_UNACKNOWLEDGED)

        def on_connect(*_: Any) -> None:
            # Again after each reconnect: a clean session has forgotten it.
            client.subscribe(COMMANDS, qos=1)

        def on_message(_client: mqtt.Client, _data: Any, command: mqtt.MQTTMessage) -> None:
            self._obey(index, command)

        def on_publish(_client: mqtt.Client, _data: Any, message_id: int, *_: Any) -> None:
            self._note_puback(index, message_id)

        client.on_connect = on_connect
        client.on_message = on_message
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
        if self._send(index, TOPIC, payload) is not None:
            self.sent += 1

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

    def _send(self, index: int, topic: str, payload: str) -> int | None:
        """Return the id of the message, or None when it was held back."""
        if self._unacknowledged[index] >= MAX_UNACKNOWLEDGED:
            self.held_back += 1
            return None
        self._unacknowledged[index] += 1
        return self._clients[index].publish(topic, payload, qos=1).mid

    def _obey(self, index: int, command: mqtt.MQTTMessage) -> None:
        number = command.topic.rpartition("/")[2]
        answer = self._answer(index, bytes(command.payload))
        message_id = self._send(index, ANSWERS + number, answer)
        if message_id is not None:
            self._unacknowledged_answers.add((index, message_id))
            self.answered += 1

    def _note_puback(self, index: int, message_id: int) -> None:
        self._unacknowledged[index] -= 1
        try:
            self._unacknowledged_answers.remove((index, message_id))
        except KeyError:
            self.acknowledged += 1

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
