"""Prepare all stores at the same time, each as soon as it answers."""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from appliance.shared.backoff import Backoff
from qlines.clock import Clock
from qlines.heartbeat import Heartbeat
from qlines.retry import wait_for_store
from qlines.stop import Stop

log = logging.getLogger(__name__)

# Short: at the first boot every program but the stores waits for this one.
MAX_PAUSE_SECONDS = 0.5
BEAT_EVERY_SECONDS = 1.0


def prepare_all(
    tasks: Mapping[str, Callable[[], None]],
    *,
    stop: Stop,
    clock: Clock,
    heartbeat: Heartbeat,
) -> None:
    """Run the task of each store, repeated while it raises an error that wait_for_store() expects.

    Raise SystemExit when *stop* is set before all are done, and any other error of a task; it
    ends the other tasks too.
    """
    if not tasks:
        return
    with ThreadPoolExecutor(len(tasks)) as pool:
        running = {
            pool.submit(
                wait_for_store, task, stop=stop, clock=clock,
                backoff=Backoff(max_seconds=MAX_PAUSE_SECONDS),
            ): store
            for store, task in tasks.items()
        }  # fmt: skip
        try:
            _wait_for_all(running, heartbeat)
        except BaseException:
            stop.is_set = True  # the pool waits for its threads, and they end only by this
            raise


def _wait_for_all(running: dict[Future[None], str], heartbeat: Heartbeat) -> None:
    while running:
        stores = sorted(running.values())
        heartbeat.beat(f"waiting for {', '.join(stores)}", waiting_for=stores[0])
        for future in wait(running, BEAT_EVERY_SECONDS, FIRST_COMPLETED).done:
            store = running.pop(future)
            future.result()
            log.info("prepared %s", store)
