"""Look at the file system of the data folder."""

import os
from pathlib import Path

from healthcheck.observations import Disk


def disk(data_dir: Path) -> Disk:
    """Return size and what an unprivileged program may still use."""
    found = os.statvfs(data_dir)
    return Disk(found.f_blocks * found.f_frsize, found.f_bavail * found.f_frsize)
