"""Wait until a file in the spool grows, without looking again and again.

inotify(7) through libc: Python has no call of its own, and a look every few milliseconds would
cost more when idle than the whole of ingest.
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
# The kernel merges equal events that follow each other, so a busy spool fills one buffer at most.
EVENTS_BYTES = 64 * 1024
# Where the kernel gives out no more watches, looking this often is the next best.
LOOK_EVERY_SECONDS = 0.01


class Waker:
    """Watches folders, which must exist; wait() returns when something was written there."""

    def __init__(self, folders: Iterable[Path]) -> None:
        libc = ctypes.CDLL(None, use_errno=True)
        self._file = libc.inotify_init1(os.O_NONBLOCK | os.O_CLOEXEC)
        if self._file < 0:
            log.warning("looks at the spool every 10 ms: inotify answered %s", ctypes.get_errno())
            return
        for folder in folders:
            libc.inotify_add_watch(
                self._file, os.fsencode(folder), IN_MODIFY | IN_CREATE | IN_MOVED_TO
            )

    def wait(self, seconds: float) -> bool:
        """Return True as soon as something was written since the last call, False after *seconds*.

        An event that came before is remembered by the kernel, so none is missed. (Where inotify
        is not to be had, True after a moment: the caller looks.)
        """
        if self._file < 0:
            select.select([], [], [], min(seconds, LOOK_EVERY_SECONDS))
            return True
        ready, _, _ = select.select([self._file], [], [], seconds)
        if not ready:
            return False
        self.forget()
        return True

    def forget(self) -> None:
        """Drop the events so far, before the folders are read: only later ones count then."""
        if self._file < 0:
            return
        try:
            while len(os.read(self._file, EVENTS_BYTES)) == EVENTS_BYTES:
                pass
        except BlockingIOError:
            return
