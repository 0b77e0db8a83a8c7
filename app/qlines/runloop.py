"""The loop of every worker: iterate until asked to stop, sleep when idle, retry during outages."""

from collections.abc import Callable

from qlines.clock import Clock
from qlines.errors import BackPressureError, StoreUnavailableError
from qlines.heartbeat import Beats
from qlines.retry import StoreOutage
from qlines.stop import Stop


def run(
    iterate: Callable[[], bool],
    *,
    stop: Stop,
    clock: Clock,
    heartbeat: Beats,
    idle_seconds: float,
) -> None:
    """Call *iterate* until *stop* is set.

    *iterate* returns True for "there may be more" and False for "idle". When it raises
    StoreUnavailableError or BackPressureError the loop backs off, reports what it waits for, and
    calls it again: an iteration must therefore lose nothing when it fails.
    """
    outage = StoreOutage(clock, heartbeat)
    while not stop.is_set:
        try:
            may_have_more = iterate()
        except (StoreUnavailableError, BackPressureError) as error:
            outage.pause(error)
            continue
        outage.recovered()
        if not may_have_more:
            clock.sleep(idle_seconds)
