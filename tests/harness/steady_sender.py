"""Devices that send without a pause while somebody looks at their page."""

import threading
from collections.abc import Sequence
from contextlib import suppress
from typing import Self

import requests

from tests.harness.appliance import Appliance
from tests.harness.deadline import eventually
from tests.harness.people import Device

PAUSE_SECONDS = 0.02  # 50 messages a second


class SteadySender:
    """Sends 1, 2, 3, … over HTTP, from each of the devices in turn; use it as a context manager."""

    def __init__(
        self, appliance: Appliance, devices: Sequence[Device], key: str = "temperature"
    ) -> None:
        self.sent = 0
        self._urls = [appliance.url(f"/api/v1/{device.token}/telemetry") for device in devices]
        self._key = key
        self._is_ended = threading.Event()
        self._thread = threading.Thread(target=self._send, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._is_ended.set()
        self._thread.join()

    def wait_for(self, more: int, seconds: float = 60) -> None:
        """Wait until so many more messages have been accepted."""
        first = self.sent
        eventually(lambda: self.sent >= first + more, seconds, f"{more} messages are accepted")

    def _send(self) -> None:
        with requests.Session() as session:
            while not self._is_ended.wait(PAUSE_SECONDS):
                number = self.sent + 1
                url = self._urls[number % len(self._urls)]
                # What got no answer is sent again: a thread that died would be a deadline later.
                with suppress(requests.RequestException):
                    if session.post(url, json={self._key: number}, timeout=10).status_code == 200:
                        self.sent = number
