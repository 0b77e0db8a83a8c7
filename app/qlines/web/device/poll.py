"""One long poll of a device, and what it ends with when nothing comes."""

from collections.abc import Callable
from typing import NamedTuple

from qlines.web.device.answers import Answer
from qlines.web.device.connection import Connection
from qlines.web.news import Waiting

NOTHING = Answer(408)


class Poller(NamedTuple):
    """A device that polls: its id, the token it used, for how long, and its connection."""

    device: str
    token: str
    seconds: float
    connection: Connection


class Poll:
    """A poll that has begun; *look* returns what it is answered with, or None."""

    def __init__(
        self, poller: Poller, waiting: Waiting, look: Callable[[], bytes | None], ends_at: float
    ) -> None:
        self.poller = poller
        self.waiting = waiting
        self.look = look
        self.ends_at = ends_at  # of the monotonic clock
        self.is_replaced = False
        self._has_news = False
        self._wake_up: Callable[[], object] | None = None

    def wake(self) -> None:
        """Let it look."""
        self._has_news = True
        if self._wake_up is not None:
            self._wake_up()

    def when_woken(self, wake_up: Callable[[], object]) -> None:
        """Call this each time it is woken from now on, and now if it was woken before."""
        self._wake_up = wake_up
        if self._has_news:
            wake_up()

    def replace(self) -> None:
        """End it, because the device polls for the same again."""
        self.is_replaced = True
        self.wake()
