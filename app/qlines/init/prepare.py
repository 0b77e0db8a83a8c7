"""Prepare every store at the same time, each as soon as it answers."""

import logging
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait

from qlines.clock import Clock
from qlines.errors import StoreUnavailableError
from qlines.heartbeat import Heartbeat

log = logging.getLogger(__name__)

RETRY_SECONDS = 0.1  # often: every program but the stores waits for this one at the first boot
TELL_SECONDS = 1.0


def prepare_all(
    tasks: Mapping[str, Callable[[], None]],
    *,
    clock: Clock,
    heartbeat: Heartbeat,
    should_stop: Callable[[], bool],
) -> None:
    """Run each store's task until it no longer raises StoreUnavailableError.

    Raises SystemExit when it should stop before all are done, and what a task raised otherwise.
    """
    if not tasks:
        return
    with ThreadPoolExecutor(len(tasks)) as pool:
        running = {
            pool.submit(_until_done, store, task, clock, should_stop): store
            for store, task in tasks.items()
        }
        while running:
            heartbeat.beat(
                f"waits for {_names(running.values())}", waiting_for=min(running.values())
            )
            for future in wait(running, TELL_SECONDS, FIRST_COMPLETED).done:
                store = running.pop(future)
                future.result()
                log.info("%s is prepared", store)
    if should_stop():
        raise SystemExit(1)


def _until_done(
    store: str, task: Callable[[], None], clock: Clock, should_stop: Callable[[], bool]
) -> None:
    told = clock.monotonic()
    while not should_stop():
        try:
            task()
        except StoreUnavailableError as error:
            if clock.monotonic() - told >= TELL_SECONDS * 5:
                told = clock.monotonic()
                log.info("waits for %s: %s", store, error)
            clock.sleep(RETRY_SECONDS)
        else:
            return


def _names(stores: Iterable[str]) -> str:
    return ", ".join(sorted(stores))
