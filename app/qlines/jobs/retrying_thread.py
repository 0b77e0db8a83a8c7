"""A thread beside the loop of a program, which no fault of its own ends."""

import logging
import threading
from abc import ABC, abstractmethod

from appliance.shared.backoff import Backoff
from qlines.errors import StoreUnavailableError

log = logging.getLogger(__name__)


class RetryingThread(ABC):
    """Repeats `_iterate` until `stop`, whatever error an iteration ends with.

    *what*, such as "messages about alarms", waits in the meantime: that is logged once, an error
    that nobody foresaw with its stack. The program does something else, which must not end with it.
    """

    def __init__(self, name: str, what: str, backoff: Backoff) -> None:
        self._what = what
        self._backoff = backoff
        self._is_stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

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

    @abstractmethod
    def _iterate(self) -> None:
        """Do it once; return to be called again."""

    def _run(self) -> None:
        while not self._is_stopping.is_set():
            try:
                self._iterate()
            except StoreUnavailableError as error:
                if not self._backoff.attempts:
                    log.warning("%s wait: %s", self._what, error)
                self._is_stopping.wait(self._backoff.next_seconds())
            except Exception:
                if not self._backoff.attempts:
                    log.exception("%s wait because of a fault of QLines", self._what)
                self._is_stopping.wait(self._backoff.next_seconds())
            else:
                self._recovered()

    def _recovered(self) -> None:
        if self._backoff.attempts:
            log.info("%s wait no longer", self._what)
            self._backoff.reset()
