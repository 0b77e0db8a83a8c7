"""One run at a time: a lock of the kernel, which ends with the process that holds it."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backup.errors import BackupError

# The scheduler holds it for some milliseconds, when it looks whether a run is due.
PATIENCE_SECONDS = 2.0
BUSY = "another backup, drill or restore is running: wait until it has ended"


@contextmanager
def only_one(file: Path, busy: str = BUSY) -> Iterator[None]:
    """Hold the lock; raise BackupError with the sentence *busy* when another run holds it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(file, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        give_up_at = time.monotonic() + PATIENCE_SECONDS
        while not _is_taken(handle):
            if time.monotonic() > give_up_at:
                raise BackupError(busy)
            time.sleep(0.05)
        yield
    finally:
        os.close(handle)


def _is_taken(handle: int) -> bool:
    """Take the lock if nobody else holds it; return whether this process has it now."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
