"""Wait until a file in the spool grows, without polling.

Uses inotify(7) through libc, because Python has no binding of its own. Polling every few
milliseconds would cost more CPU than the rest of an idle ingest.
"""

import ctypes
import logging
import os
import select
from collections.abc import Iterable
from pathlib import Path

log = logging.getLogger(__name__)

IN_MODIFY = 0x2
IN_CREATE = 0x100
IN_MOVED_TO = 0x80
# The kernel merges consecutive equal events, so a busy spool fills one buffer at most.
EVENTS_BYTES = 64 * 1024
POLL_EVERY_SECONDS = 0.01  # when the kernel grants no inotify instance


class SpoolWatcher:
    """Watches folders, which must exist; wait() returns when a file there grew."""

    def __init__(self, folders: Iterable[Path]) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._file = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._file < 0:
            log.warning(
                "polling the spool every 10 ms, inotify is unavailable: %s",
                os.strerror(ctypes.get_errno()),
            )
            return
        for folder in folders:
            libc.inotify_add_watch(
                self._file, os.fsencode(folder), IN_MODIFY | IN_CREATE | IN_MOVED_TO
            )

    def wait(self, seconds: float) -> bool:
        """Return True once a file grew since discard_events(), False after *seconds*.

        The kernel queues events, so one that came before the call counts too. Without inotify:
        True every 10 ms, so the caller polls.
        """
        if self._file < 0:
            select.select([], [], [], min(seconds, POLL_EVERY_SECONDS))
            return True
        ready, _, _ = select.select([self._file], [], [], seconds)
        if not ready:
            return False
        self.discard_events()
        return True

    def discard_events(self) -> None:
        """Discard the queued events; call this before reading the folders, never after."""
        if self._file < 0:
            return
        try:
            while len(os.read(self._file, EVENTS_BYTES)) == EVENTS_BYTES:
                pass
        except BlockingIOError:
            return
