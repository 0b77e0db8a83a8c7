"""Devices that cross a limit up and down by a plan, whatever happens to their broker.

Each sends its temperature all the time and repeats what was not acknowledged. It stays hot, or
cold, until that has been acknowledged for some seconds and nothing is outstanding: so no crossing
lies within what a broker had acknowledged and nobody has read when its machine was lost.
"""

import itertools
import json
import random
import threading
import time
from collections.abc import Sequence
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.harness.deadline import PATIENCE
from tests.harness.mqtt_device import TELEMETRY
from tests.harness.people import Device

HOT, COLD = 90, 20
EVERY_SECONDS = 0.5
STAYS_SECONDS = (6.0, 10.0)


class Crosser:
    """One device; *raised* is how often it became hot.

    With *has_clock* it says when it has measured, else the broker does.
    """

    def __init__(self, device: Device, port: int, *, has_clock: bool) -> None:
        self.device = device
        self.raised = 0
        self._has_clock = has_clock
        self._sent = self._acknowledged = 0
        self._acknowledged_since: float | None = None
        self._is_over = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id="crosser")
        self._client.username_pw_set(device.token)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_publish = self._on_publish
        self._client.connect("127.0.0.1", port, keepalive=10)
        self._client.loop_start()
        self._thread = threading.Thread(target=self._live, daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Become cold once more and stop, when it stays so for long enough."""
        self._is_over.set()

    def join(self, seconds: float) -> None:
        """Wait until it has stopped."""
        self._thread.join(seconds)
        assert not self._thread.is_alive(), (
            f"{self.device.name}: {self._sent - self._acknowledged} messages are not acknowledged"
        )
        self._client.disconnect()
        self._client.loop_stop()

    def _live(self) -> None:
        for is_hot in itertools.cycle((False, True)):
            self.raised += is_hot
            self._stay(HOT if is_hot else COLD)
            if self._is_over.is_set() and not is_hot:
                return

    def _stay(self, temperature: int) -> None:
        seconds = random.uniform(*STAYS_SECONDS)
        self._acknowledged_since = None
        while not self._has_stayed(seconds):
            self._sent += 1
            self._client.publish(TELEMETRY, self._message(temperature), qos=1)
            time.sleep(EVERY_SECONDS)

    def _has_stayed(self, seconds: float) -> bool:
        since = self._acknowledged_since
        is_answered = self._acknowledged == self._sent
        return is_answered and since is not None and time.monotonic() - since >= seconds

    def _message(self, temperature: int) -> str:
        values = {"temperature": temperature}
        return json.dumps({"ts": time.time_ns() // 1_000_000, "values": values}
                          if self._has_clock else values)  # fmt: skip

    def _on_publish(self, *_: Any) -> None:
        self._acknowledged += 1
        if self._acknowledged_since is None:
            self._acknowledged_since = time.monotonic()


class Crossers:
    """Such devices, each second one with a clock of its own, from now on until stop()."""

    def __init__(self, devices: Sequence[Device], port: int) -> None:
        self._all = [
            Crosser(device, port, has_clock=bool(number % 2))
            for number, device in enumerate(devices)
        ]

    @property
    def raised(self) -> dict[str, int]:
        """Return how often each became hot, by its id."""
        return {one.device.id: one.raised for one in self._all}

    def stop(self) -> None:
        """Let each become cold once more, and stop."""
        for one in self._all:
            one.end()
        for one in self._all:
            one.join(60 * PATIENCE)
