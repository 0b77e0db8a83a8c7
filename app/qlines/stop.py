"""The flag by which a program is asked to end in an orderly way."""

import signal
from types import FrameType


class Stop:
    """Set by SIGTERM and SIGINT; loops read it between iterations."""

    def __init__(self) -> None:
        self.is_set = False

    def on_signals(self) -> "Stop":
        """Install the signal handlers and return itself."""
        signal.signal(signal.SIGTERM, self._set)
        signal.signal(signal.SIGINT, self._set)
        return self

    def _set(self, _number: int, _frame: FrameType | None) -> None:
        self.is_set = True
