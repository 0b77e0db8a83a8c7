"""Prepare all stores at the same time, each as soon as it answers."""

import logging
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from functools import partial

from appliance.shared.backoff import Backoff
from qlines.clock import Clock
from qlines.errors import StoreRefusedError, StoreUnavailableError
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
    refusals: dict[str, str] = {}
    with ThreadPoolExecutor(len(tasks)) as pool:
        running = {
            pool.submit(
                wait_for_store, partial(_attempt, store, task, refusals), stop=stop, clock=clock,
                backoff=Backoff(max_seconds=MAX_PAUSE_SECONDS),
            ): store
            for store, task in tasks.items()
        }  # fmt: skip
        try:
            _wait_for_all(running, refusals, heartbeat)
        except BaseException:
            stop.is_set = True  # the pool waits for its threads, and they end only by this
            raise


def _attempt(store: str, task: Callable[[], None], refusals: dict[str, str]) -> None:
    """Run the task once, and keep why the store refuses it in *refusals*."""
    try:
        task()
    except StoreRefusedError as error:
        refusals[store] = str(error)
        raise
    except StoreUnavailableError:
        refusals.pop(store, None)
        raise
    refusals.pop(store, None)


def _wait_for_all(
    running: dict[Future[None], str], refusals: Mapping[str, str], heartbeat: Heartbeat
) -> None:
    while running:
        stores = sorted(running.values())
        sentence = "; ".join([f"waiting for {', '.join(stores)}", *sorted(refusals.values())])
        heartbeat.beat(sentence, waiting_for=stores[0])
        for future in wait(running, BEAT_EVERY_SECONDS, FIRST_COMPLETED).done:
            store = running.pop(future)
            future.result()
            log.info("prepared %s", store)
