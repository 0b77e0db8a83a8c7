"""The spool as the web app uses it: waiting for the disk does not stop other requests."""

import threading

from qlines.spool.appender import SpoolAppender
from qlines.web.extensions import off_the_loop


class SpoolHandle:
    """Appends frames for all requests; with *always* each append waits for the disk.

    The appender has a lock of its own. Under a green worker a real thread and the event loop must
    never compete for it: the loop would block. So every method takes the lock here first.
    """

    def __init__(self, appender: SpoolAppender, *, always: bool) -> None:
        self._appender = appender
        self._always = always
        self._lock = threading.Lock()

    def append(self, kind: int, device: str, topic: str, payload: bytes) -> None:
        """Append one frame; raise SpoolFullError when it was not stored."""
        with self._lock:
            if self._always:
                off_the_loop(self._appender.append, kind, device, topic, payload)
            else:
                self._appender.append(kind, device, topic, payload)

    def sync(self) -> None:
        """Force to the disk what was appended a second ago or earlier; call it twice a second."""
        with self._lock:
            off_the_loop(self._appender.sync_when_due)

    def close(self) -> None:
        """Force everything to the disk."""
        with self._lock:
            self._appender.close()
