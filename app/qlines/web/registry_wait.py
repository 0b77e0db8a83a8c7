"""Hold back the response to a change of a device until the registry file has the change.

The registry file lags MongoDB by some milliseconds. Otherwise a script that adds a device and
connects with its token would be refused now and then.
"""

from collections.abc import Callable

from flask import Flask, Response, g

from qlines.clock import Clock
from qlines.store.registry_wait import wait_for_registry
from qlines.web.device.registry_handle import RegistryHandle

# Enough for a change to arrive. The response is correct without it too, only early.
MAX_WAIT_SECONDS = 2.0


def await_token(token: str) -> None:
    """Let the response of the current request wait until a device can connect with this token."""
    g.awaited_token = token


def await_removal(device_id: str) -> None:
    """Let the response of the current request wait until this device can no longer connect."""
    g.awaited_removal = device_id


class RegistryWait:
    """Delays the responses to successful changes until the registry file has them."""

    def __init__(self, registry: RegistryHandle, clock: Clock) -> None:
        self._registry = registry
        self._clock = clock

    def init_app(self, app: Flask) -> None:
        """Check every response of the app."""
        app.after_request(self.after)

    def after(self, response: Response) -> Response:
        """Return the response unchanged, after the wait if it answers a change."""
        if response.status_code >= 300:
            return response
        if "awaited_token" in g:
            self._wait(lambda: self._has_token(g.awaited_token))
        if "awaited_removal" in g:
            self._wait(lambda: self._registry.device(g.awaited_removal) is None)
        return response

    def _has_token(self, token: str) -> bool:
        return self._registry.device_by_token(token, self._clock.now_us()) is not None

    def _wait(self, is_known: Callable[[], bool]) -> None:
        wait_for_registry(is_known, self._clock, MAX_WAIT_SECONDS)
