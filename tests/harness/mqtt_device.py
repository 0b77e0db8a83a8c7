"""An MQTT device, built on paho, that records what the broker sends it."""

import json
import ssl
import threading
from typing import Any, Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.reasoncodes import ReasonCode

from tests.harness.appliance import Appliance
from tests.harness.deadline import PATIENCE, eventually

TELEMETRY = "v1/devices/me/telemetry"
ATTRIBUTES = "v1/devices/me/attributes"


class MqttDevice:
    """One MQTT connection with a token as user name; use it as a context manager.

    It goes to *appliance*, or to *tls_port*.
    """

    def __init__(
        self,
        appliance: Appliance | None,
        token: str,
        *,
        client_id: str = "",
        version: MQTTProtocolVersion = MQTTProtocolVersion.MQTTv311,
        tls_port: int | None = None,
    ) -> None:
        self.answer: ReasonCode | None = None
        self.lost = threading.Event()
        self.lost_because: ReasonCode | None = None
        self.received: list[tuple[str, bytes]] = []
        self.subscribed: list[list[ReasonCode]] = []
        self._acknowledged: dict[int, ReasonCode] = {}
        port = tls_port or (appliance.mqtt_port if appliance else 0)
        self._address = ("127.0.0.1", port)
        self.client = paho.Client(
            CallbackAPIVersion.VERSION2, client_id=client_id, protocol=version,
            reconnect_on_failure=False,
        )  # fmt: skip
        self.client.connect_timeout = 5 * PATIENCE
        self.client.username_pw_set(token)
        if tls_port:  # of a proxy with a self-signed certificate
            self.client.tls_set(cert_reqs=ssl.CERT_NONE)
            self.client.tls_insecure_set(True)
        self.client.on_connect = self._on_connect
        self.client.on_disconnect = self._on_disconnect
        self.client.on_publish = self._on_publish
        self.client.on_message = self._on_message
        self.client.on_subscribe = self._on_subscribe

    def __enter__(self) -> Self:
        self.client.connect(*self._address, keepalive=30)
        self.client.loop_start()
        eventually(lambda: self.answer is not None, 10, "the broker answers the CONNECT")
        return self

    def __exit__(self, *_error: object) -> None:
        self.client.disconnect()
        self.client.loop_stop()

    @property
    def is_connected(self) -> bool:
        """Return whether the broker accepted this device and the connection is still open."""
        return self.answer is not None and not self.answer.is_failure and not self.lost.is_set()

    def publish(self, payload: Any, topic: str = TELEMETRY, *, qos: int = 1, **more: Any) -> bool:
        """Send a message; return whether the broker acknowledged it before the connection closed.

        Text and bytes are sent as they are, any other *payload* as JSON.
        """
        body = payload if isinstance(payload, str | bytes) else json.dumps(payload)
        message = self.client.publish(topic, body, qos=qos, **more)
        if message.rc != paho.MQTT_ERR_SUCCESS:
            return False

        def has_ended() -> bool:
            return message.mid in self._acknowledged or self.lost.is_set()

        why = "the broker acknowledges the message or closes the connection"
        eventually(has_ended, 15, why, pause_seconds=0.01)
        answer = self._acknowledged.get(message.mid)
        return answer is not None and not answer.is_failure

    def subscribe(self, topic: str, qos: int = 1) -> list[ReasonCode]:
        """Subscribe and return the reason codes of the SUBACK, [] when the connection closed."""
        count = len(self.subscribed)
        self.client.subscribe(topic, qos)
        eventually(
            lambda: len(self.subscribed) > count or self.lost.is_set(),
            10,
            "the broker sends a SUBACK",
        )
        return self.subscribed[-1] if len(self.subscribed) > count else []

    def _on_connect(
        self, _client: Any, _data: Any, _flags: Any, code: ReasonCode, _props: object
    ) -> None:
        self.answer = code

    def _on_disconnect(
        self, _client: Any, _data: Any, _flags: Any, code: ReasonCode, _props: object
    ) -> None:
        self.lost_because = code
        self.lost.set()

    def _on_publish(
        self, _client: Any, _data: Any, mid: int, code: ReasonCode, _props: object
    ) -> None:
        self._acknowledged[mid] = code

    def _on_message(self, _client: Any, _data: Any, message: paho.MQTTMessage) -> None:
        self.received.append((message.topic, bytes(message.payload)))

    def _on_subscribe(
        self, _client: Any, _data: Any, _mid: int, codes: list[ReasonCode], _props: object
    ) -> None:
        self.subscribed.append(codes)
