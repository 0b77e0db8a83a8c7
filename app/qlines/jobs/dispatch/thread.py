"""The dispatcher as a thread, in a program of which one of all nodes or twins has its turn."""

from collections.abc import Callable

from appliance.shared.backoff import Backoff
from qlines.jobs.dispatch.dispatcher import Dispatcher
from qlines.jobs.retrying_thread import RetryingThread


class DispatcherThread(RetryingThread):
    """Runs a dispatcher while *is_ours* returns true, and calls *wait* in between.

    *wait* returns when something has happened, and after a second at most. Both may raise
    StoreUnavailableError.
    """

    def __init__(
        self, dispatcher: Dispatcher, is_ours: Callable[[], bool], wait: Callable[[], None]
    ) -> None:
        super().__init__("dispatcher", "messages about alarms", Backoff())
        self._dispatcher = dispatcher
        self._is_ours = is_ours
        self._wait = wait

    def _iterate(self) -> None:
        may_have_more = self._is_ours() and self._dispatcher.run_once()
        if not may_have_more:
            self._wait()
