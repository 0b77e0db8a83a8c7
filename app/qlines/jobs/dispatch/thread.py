"""The dispatcher as a thread, in a program of which one of all nodes or twins has its turn."""

import logging
import threading
from collections.abc import Callable

from appliance.shared.backoff import Backoff
from qlines.errors import StoreUnavailableError
from qlines.jobs.dispatch.dispatcher import Dispatcher

log = logging.getLogger(__name__)


class DispatcherThread:
    """Runs a dispatcher while *is_ours* returns true, and calls *wait* in between.

    *wait* returns when something has happened, and after a second at most. Both may raise
    StoreUnavailableError. By an error that nobody foresaw messages wait too, and it is logged: the
    program evaluates alarm rules in the meantime, which must not end with it.
    """

    def __init__(
        self, dispatcher: Dispatcher, is_ours: Callable[[], bool], wait: Callable[[], None]
    ) -> None:
        self._dispatcher = dispatcher
        self._is_ours = is_ours
        self._wait = wait
        self._is_stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="dispatcher", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, timeout_seconds: float = 5.0) -> None:
        """End after what it does at this moment."""
        self._is_stopping.set()
        self._thread.join(timeout_seconds)

    def is_alive(self) -> bool:
        """Return whether the thread runs."""
        return self._thread.is_alive()

    def _run(self) -> None:
        backoff = Backoff()
        while not self._is_stopping.is_set():
            try:
                may_have_more = self._is_ours() and self._dispatcher.run_once()
                if not may_have_more:
                    self._wait()
            except StoreUnavailableError as error:
                if not backoff.attempts:
                    log.warning("messages about alarms wait: %s", error)
                self._is_stopping.wait(backoff.next_seconds())
                continue
            except Exception:
                if not backoff.attempts:
                    log.exception("messages about alarms wait because of a fault of QLines")
                self._is_stopping.wait(backoff.next_seconds())
                continue
            if backoff.attempts:
                log.info("messages about alarms are sent again")
                backoff.reset()
