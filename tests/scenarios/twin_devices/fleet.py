"""Devices that publish numbers at QoS 1 without a pause, reconnect by themselves, count answers."""

import itertools
import json
import threading
from collections.abc import Sequence
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.harness.mqtt_device import TELEMETRY
from tests.harness.people import Device

PAUSE_SECONDS = 0.2
_numbers = itertools.count(1)


class Sender:
    """One device; *acknowledged* are the numbers that a broker has confirmed.

    *sessions* counts how often a broker let it in: a try that reached no broker, because neither
    side was ready at that moment, does not count.
    """

    def __init__(self, device: Device, port: int) -> None:
        self.acknowledged: list[int] = []
        self.sessions = 0
        self._sent: dict[int, int] = {}
        self._stopping = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id="sensor")
        self._client.username_pw_set(device.token)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_publish = self._on_publish
        self._client.on_connect = self._on_connect
        self._client.connect("127.0.0.1", port, keepalive=30)
        self._client.loop_start()
        self._thread = threading.Thread(target=self._publish, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Publish no more, and wait for the answers that are due."""
        self._stopping.set()
        self._thread.join(10)

    def close(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()

    @property
    def is_answered(self) -> bool:
        """Return whether every message has been acknowledged."""
        return len(self.acknowledged) == len(self._sent)

    def _publish(self) -> None:
        while not self._stopping.wait(PAUSE_SECONDS):
            number = next(_numbers)
            message = self._client.publish(TELEMETRY, json.dumps({"n": number}), qos=1)
            self._sent[message.mid] = number

    def _on_publish(self, _client: Any, _data: Any, mid: int, *_more: object) -> None:
        self.acknowledged.append(mid)

    def _on_connect(self, _client: Any, _data: Any, _flags: Any, reason: Any, _: Any) -> None:
        self.sessions += not reason.is_failure

    def numbers(self) -> set[int]:
        """Return the numbers of the acknowledged messages."""
        return {self._sent[mid] for mid in self.acknowledged}


def start(devices: Sequence[Device], port: int) -> list[Sender]:
    """Connect the devices through *port*."""
    return [Sender(device, port) for device in devices]
