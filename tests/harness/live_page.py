"""Watch a device over Socket.IO with cookies, as the JavaScript of its page does."""

from typing import Any, Self

import socketio

from tests.harness.deadline import PATIENCE, eventually
from tests.harness.people import Browser, Device


class LivePage:
    """The Socket.IO connection of a signed-in browser; use it as a context manager."""

    def __init__(self, browser: Browser, url: str) -> None:
        self.events: list[dict[str, Any]] = []
        self._browser = browser
        self._url = url
        self.socket = socketio.Client(reconnection=False)
        self.socket.on("readings", self.events.append)

    def __enter__(self) -> Self:
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self._browser.cookies)
        headers = {"Cookie": cookies} if cookies else {}
        self.socket.connect(self._url, headers=headers, wait_timeout=10 * PATIENCE)
        return self

    def __exit__(self, *_error: object) -> None:
        self.socket.disconnect()

    def watch(self, device: Device) -> Any:
        """Watch a device and return the acknowledgement, or None when none comes in time."""
        try:
            return self.socket.call("watch", {"device": device.id}, timeout=5 * PATIENCE)
        except socketio.exceptions.TimeoutError:
            return None

    def values(self, device: Device, key: str) -> list[Any]:
        """Return the values of one key received so far, oldest first."""
        return [
            value
            for event in self.events
            if event["device"] == device.id
            for _ts, value in event["values"].get(key, [])
        ]

    def wait_for(self, device: Device, key: str, value: Any, seconds: float = 5) -> None:
        """Wait until a value was received."""
        why = f"{key}={value} is received over the socket"
        eventually(lambda: value in self.values(device, key), seconds, why)
