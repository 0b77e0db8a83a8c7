"""Wait until the registry file, which follows MongoDB some milliseconds behind, has a change.

Otherwise a client could connect before the broker, which reads this file alone, knows its token.
"""

from collections.abc import Callable

from qlines.clock import Clock
from qlines.errors import StoreUnavailableError

LOOK_SECONDS = 0.005


def wait_for_registry(is_known: Callable[[], bool], clock: Clock, max_seconds: float) -> None:
    """Return once *is_known*, or after *max_seconds*: the change is kept in any case."""
    deadline = clock.monotonic() + max_seconds
    try:
        while not is_known() and clock.monotonic() < deadline:
            clock.sleep(LOOK_SECONDS)
    except StoreUnavailableError:
        return  # before its first build the file refuses everybody anyway
