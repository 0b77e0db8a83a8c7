"""Let a job wait for a store that does not answer now, but not for ever."""

import logging
from collections.abc import Callable
from typing import TypeVar

from qlines.clock import Clock
from qlines.errors import StoreUnavailableError

log = logging.getLogger(__name__)

PATIENCE_SECONDS = 120.0
PAUSE_SECONDS = 2.0

T = TypeVar("T")


def patiently(attempt: Callable[[], T], clock: Clock) -> T:
    """Return what *attempt* returns; call it again while a store is away, for two minutes.

    *attempt* must be safe to run twice. The last StoreUnavailableError goes to the caller.
    RQ could retry later too, but only with a scheduler process of its own.
    """
    until = clock.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return attempt()
        except StoreUnavailableError as error:
            if clock.monotonic() >= until:
                raise
            log.warning("the job waits for %s", error.store)
            clock.sleep(PAUSE_SECONDS)
