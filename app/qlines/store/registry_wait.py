"""Wait until the registry file, which follows MongoDB some milliseconds behind, has a change.

Who is told "added" before may connect too early: the broker's door knows the file only.
"""

from collections.abc import Callable

from qlines.clock import Clock
from qlines.errors import StoreUnavailableError

LOOK_SECONDS = 0.005


def wait_until(is_known: Callable[[], bool], clock: Clock, longest_seconds: float) -> None:
    """Return once *is_known*, or after *longest_seconds*: the change is kept in any case."""
    deadline = clock.monotonic() + longest_seconds
    try:
        while not is_known() and clock.monotonic() < deadline:
            clock.sleep(LOOK_SECONDS)
    except StoreUnavailableError:
        return  # before its first build the file refuses everybody anyway
