"""Read the time by which healthd deletes, which a clock that jumped does not move for a day.

The guard of the disk saves it every minute (healthcheck/disk/state.py), as the first number of
``time`` in a JSON object, in seconds since 1970.
"""

import json
from pathlib import Path

FILE = "disk_guard.json"


def read_us(data_dir: Path) -> int | None:
    """Return the time in microseconds since 1970; None without a valid file."""
    try:
        return round(float(json.loads((data_dir / FILE).read_text())["time"][0]) * 1e6)
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        return None
