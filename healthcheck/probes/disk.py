"""Measure the file system of the data folder."""

import os
from pathlib import Path

from healthcheck.observations import Disk


def disk(data_dir: Path) -> Disk:
    """Return its size and what an unprivileged program may still use."""
    usage = os.statvfs(data_dir)
    return Disk(usage.f_blocks * usage.f_frsize, usage.f_bavail * usage.f_frsize)
