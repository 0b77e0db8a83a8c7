"""Wait for something to become true, with a deadline and a reason; no test sleeps a fixed time."""

import os
import time
from collections.abc import Callable
from typing import TypeVar

import requests

T = TypeVar("T")

# A deadline is patience, not a measurement: where the machine is shared it may be longer.
PATIENCE = float(os.environ.get("QLINES_TEST_PATIENCE", "1"))

# A port that nobody listens on yet, or a connection cut by a restart, is "not yet".
NOT_YET = (requests.RequestException, ConnectionError)


def eventually(
    condition: Callable[[], T], seconds: float, why: str, *, pause_seconds: float = 0.1
) -> T:
    """Return the first true value of *condition*; after *seconds* fail with *why*."""
    seconds *= PATIENCE
    deadline = time.monotonic() + seconds
    while True:
        try:
            last: object = condition()
            if last:
                return last  # type: ignore[return-value]
        except NOT_YET as error:
            last = error
        if time.monotonic() > deadline:
            raise AssertionError(f"{why}: not within {seconds} s, the last look gave {last!r}")
        time.sleep(pause_seconds)


def stays(condition: Callable[[], object], seconds: float, why: str) -> None:
    """Fail as soon as *condition* is no longer true within *seconds*."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        assert condition(), why
        time.sleep(0.1)
