"""The spool as the web app uses it: no request waits for another's disk longer than it must."""

import threading

from qlines.spool.appender import SpoolAppender
from qlines.web.extensions import off_the_loop


class SpoolDoor:
    """Appends frames; *always* says that each append waits for the disk.

    The writer has a lock of its own, which under a green worker must never be fought for from two
    sides at once: one in a real thread, one in the loop. The lock here is taken first, by all.
    """

    def __init__(self, writer: SpoolAppender, *, always: bool) -> None:
        self._writer = writer
        self._always = always
        self._turn = threading.Lock()

    def append(self, kind: int, device: str, topic: str, payload: bytes) -> None:
        """Keep one frame; raise SpoolFullError when it was not kept."""
        with self._turn:
            if self._always:
                off_the_loop(self._writer.append, kind, device, topic, payload)
            else:
                self._writer.append(kind, device, topic, payload)

    def sync(self) -> None:
        """Force what was appended a second ago or earlier to the disk; call it twice a second."""
        with self._turn:
            off_the_loop(self._writer.sync_when_due)

    def close(self) -> None:
        """Force everything to the disk."""
        with self._turn:
            self._writer.close()
