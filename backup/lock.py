"""One run at a time: a lock of the kernel, which ends with the process that holds it."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backup.errors import BackupError


@contextmanager
def only_one(file: Path) -> Iterator[None]:
    """Hold the lock; raise BackupError when another run holds it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(file, os.O_CREAT | os.O_RDWR, 0o600)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BackupError(
                "another backup, drill or restore is running: wait until it has ended"
            ) from None
        yield
    finally:
        os.close(handle)
