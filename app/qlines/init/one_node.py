"""Of several nodes one prepares the stores, while the others wait."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from qlines.clock import Clock
from qlines.errors import StoreUnavailableError
from qlines.heartbeat import Heartbeat
from qlines.retry import StoreOutage
from qlines.stop import Stop
from qlines.store.lease import RENEW_SECONDS, Lease

LOOK_EVERY_SECONDS = 0.5


@contextmanager
def one_node(lease: Lease, *, stop: Stop, clock: Clock, heartbeat: Heartbeat) -> Iterator[None]:
    """Wait for the lease, and renew it in a thread until the body ends.

    A node that is killed in between loses it after some seconds; what it has begun is safe to
    repeat. Raise SystemExit when asked to stop.
    """
    outage = StoreOutage(clock, heartbeat)
    while not _is_held(lease, outage, heartbeat):
        if stop.is_set:
            raise SystemExit
        clock.sleep(LOOK_EVERY_SECONDS)
    is_done = threading.Event()
    renewing = threading.Thread(target=_renew, args=(lease, is_done), daemon=True)
    renewing.start()
    try:
        yield
    finally:
        is_done.set()
        renewing.join()
        lease.end()


def _is_held(lease: Lease, outage: StoreOutage, heartbeat: Heartbeat) -> bool:
    try:
        is_held = lease.is_held()
    except StoreUnavailableError as error:
        outage.pause(error)
        return False
    outage.recovered()
    if not is_held:
        heartbeat.beat(f"waiting for {lease.holder}, which prepares the stores")
    return is_held


def _renew(lease: Lease, is_done: threading.Event) -> None:
    while not is_done.wait(RENEW_SECONDS):
        try:
            lease.is_held()
        except StoreUnavailableError:
            continue  # the next one may be in time
