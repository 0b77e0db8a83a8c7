"""Answer a change of a device only when the door knows of it, so that it holds at once.

The registry file follows MongoDB some milliseconds behind. Without this, a script that adds a
device and connects with its token is refused now and then.
"""

from collections.abc import Callable

from flask import Flask, Response, request

from qlines.clock import Clock
from qlines.store.registry_wait import wait_for_registry
from qlines.web.device.registry_door import RegistryDoor

# Enough for a change to arrive; when it does not, the answer is true all the same, only early.
LONGEST_SECONDS = 2.0

NEW_TOKEN = frozenset({"devices.add_device", "devices.new_token", "unregistered.register"})
REMOVAL = "devices.remove_device"


class RegistryWait:
    """Holds back the answers to successful changes until the registry file has them."""

    def __init__(self, door: RegistryDoor, clock: Clock) -> None:
        self._door = door
        self._clock = clock

    def init_app(self, app: Flask) -> None:
        """Look at every answer of the app."""
        app.after_request(self.after)

    def after(self, response: Response) -> Response:
        """Return the response unchanged, later when there is something to wait for."""
        if response.status_code >= 300:
            return response
        if request.endpoint in NEW_TOKEN:
            token = response.get_json()["token"]
            self._wait(lambda: self._door.device_by_token(token, self._clock.now_us()) is not None)
        elif request.endpoint == REMOVAL:
            device = (request.view_args or {})["device_id"]
            self._wait(lambda: self._door.device(device) is None)
        return response

    def _wait(self, is_known: Callable[[], bool]) -> None:
        wait_for_registry(is_known, self._clock, LONGEST_SECONDS)
