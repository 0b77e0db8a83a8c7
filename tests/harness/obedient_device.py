"""A device that obeys: it waits for commands, notes each, answers it, and reconnects by itself."""

import json
import threading
from collections.abc import Callable
from typing import Any, Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from tests.harness.appliance import Appliance
from tests.harness.deadline import eventually

REQUESTS = "v1/devices/me/rpc/request/+"

# What the device answers to method and params; None: it does not answer.
Obey = Callable[[str, Any], Any]


class ObedientDevice:
    """One MQTT connection that answers commands; use it as a context manager.

    *calls* has the number, the method and the params of each command in the order of their arrival,
    the same number again when it was sent again. With *acknowledges* false it sends no PUBACK until
    `acknowledge` is called. It connects to *port*, or to the appliance.
    """

    def __init__(
        self,
        appliance: Appliance,
        token: str,
        obey: Obey = lambda _method, _params: {"done": True},
        *,
        requests: str = REQUESTS,
        qos: int = 1,
        client_id: str = "",
        keeps_session: bool = False,
        acknowledges: bool = True,
        port: int = 0,
    ) -> None:
        self.calls: list[tuple[int, str, Any]] = []
        self.is_listening = threading.Event()
        self._address = ("127.0.0.1", port or appliance.mqtt_port)
        self._last: paho.MQTTMessage | None = None
        self._obey = obey
        self._requests = requests
        self._qos = qos
        self._client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            clean_session=not keeps_session,
            manual_ack=not acknowledges,
        )
        self._client.username_pw_set(token)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = self._on_connect
        self._client.on_subscribe = self._on_subscribe
        self._client.on_unsubscribe = self._on_unsubscribe
        self._client.on_disconnect = self._on_disconnect
        self._client.on_message = self._on_message

    def __enter__(self) -> Self:
        self._client.connect(*self._address, keepalive=30)
        self._client.loop_start()
        eventually(self.is_listening.is_set, 20, "the broker sends a SUBACK")
        return self

    def __exit__(self, *_error: object) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    @property
    def numbers(self) -> list[int]:
        """Return the numbers of the commands as they arrived."""
        return [number for number, _, _ in self.calls]

    def cut(self) -> None:
        """Break the connection without a word; it connects again by itself."""
        self.is_listening.clear()
        socket: Any = self._client.socket()
        assert socket is not None, "there is no connection to cut"
        socket.shutdown(2)

    def acknowledge(self) -> None:
        """Send the PUBACK of the last command, which was not acknowledged so far."""
        assert self._last is not None, "no command has come"
        self._client.ack(self._last.mid, self._last.qos)

    def unsubscribe(self) -> None:
        """Wait for commands no longer, and stay connected."""
        self._client.unsubscribe(self._requests)
        eventually(lambda: not self.is_listening.is_set(), 20, "the broker sends an UNSUBACK")

    def answer(self, number: int | str, answer: Any) -> None:
        """Answer a command, whether it came or not."""
        topic = self._requests.replace("request", "response").replace("r/req", "r/res")
        body = answer if isinstance(answer, bytes) else json.dumps(answer)
        self._client.publish(topic.replace("+", str(number)), body, qos=1)

    def _on_connect(
        self, client: paho.Client, _data: Any, _flags: Any, code: ReasonCode, _props: object
    ) -> None:
        if not code.is_failure:
            client.subscribe(self._requests, self._qos)

    def _on_subscribe(self, *_: Any) -> None:
        self.is_listening.set()

    def _on_unsubscribe(self, *_: Any) -> None:
        self.is_listening.clear()

    def _on_disconnect(self, *_: Any) -> None:
        self.is_listening.clear()

    def _on_message(self, _client: Any, _data: Any, message: paho.MQTTMessage) -> None:
        self._last = message
        number = int(message.topic.rpartition("/")[2])
        call = json.loads(message.payload)
        self.calls.append((number, call["method"], call["params"]))
        answer = self._obey(call["method"], call["params"])
        if answer is not None:
            self.answer(number, answer)
