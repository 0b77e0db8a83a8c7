"""Wait until the registry file, which lags MongoDB by some milliseconds, has a change.

Otherwise a client could connect before the broker has read its token.
"""

from collections.abc import Callable

from qlines.clock import Clock
from qlines.errors import StoreUnavailableError

POLL_SECONDS = 0.005


def wait_for_registry(is_known: Callable[[], bool], clock: Clock, max_seconds: float) -> None:
    """Return when *is_known* is true, or after *max_seconds*; MongoDB has the change anyway."""
    deadline = clock.monotonic() + max_seconds
    try:
        while not is_known() and clock.monotonic() < deadline:
            clock.sleep(POLL_SECONDS)
    except StoreUnavailableError:
        return  # until the file is first built, nobody can connect anyway
