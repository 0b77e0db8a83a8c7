"""The dispatcher as a thread of the program that changes alarms: woken at once, and each second."""

import logging
import threading
from collections.abc import Callable

from appliance.shared.backoff import Backoff
from qlines.errors import StoreUnavailableError
from qlines.jobs.dispatch.dispatcher import Dispatcher

log = logging.getLogger(__name__)

IDLE_SECONDS = 1.0  # until it looks for what has become due


class DispatcherThread:
    """Runs a dispatcher while *is_ours* returns true: only the holder of the lease plans.

    `problem` is the sentence of the outage that it waits for, "" when there is none.
    """

    def __init__(self, dispatcher: Dispatcher, is_ours: Callable[[], bool]) -> None:
        self.dispatcher = dispatcher
        self.problem = ""
        self._is_ours = is_ours
        self._wake = threading.Event()
        self._is_stopping = False
        self._thread = threading.Thread(target=self._run, name="dispatcher", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def wake(self) -> None:
        """Have it look at once: call it after a transaction that has inserted events."""
        self._wake.set()

    def stop(self, timeout_seconds: float = 10.0) -> None:
        """End after the iteration that runs."""
        self._is_stopping = True
        self._wake.set()
        self._thread.join(timeout_seconds)

    def is_alive(self) -> bool:
        """Return whether the thread runs; if not, an error that nobody foresaw has ended it."""
        return self._thread.is_alive()

    def _run(self) -> None:
        backoff = Backoff()
        while not self._is_stopping:
            self._wake.clear()
            try:
                may_have_more = self._is_ours() and self.dispatcher.run_once()
            except StoreUnavailableError as error:
                if not self.problem:
                    log.warning("messages about alarms wait: %s", error)
                self.problem = str(error)
                self._wake.wait(backoff.next_seconds())
                continue
            if self.problem:
                log.info("messages about alarms are sent again")
            self.problem = ""
            backoff.reset()
            if not may_have_more:
                self._wake.wait(IDLE_SECONDS)
