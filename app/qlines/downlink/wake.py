"""What ends another thread's wait in `select`."""

import os
from contextlib import suppress


class Wake:
    """A pipe: a thread that waits for it in `select` continues after `set`."""

    def __init__(self) -> None:
        self._reader, self._writer = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)

    def fileno(self) -> int:
        """Return the descriptor to wait for."""
        return self._reader

    def set(self) -> None:
        """Wake who waits, or who waits next; any thread may call it."""
        with suppress(BlockingIOError):  # it is full: who waits is woken anyway
            os.write(self._writer, b"\0")

    def clear(self) -> None:
        """Forget all calls of `set` so far."""
        with suppress(BlockingIOError):
            while os.read(self._reader, 65_536):
                pass
