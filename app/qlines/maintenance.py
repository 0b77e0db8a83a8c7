"""Whether the operator has drained this appliance: users go elsewhere, devices notice nothing.

The state is a file in the data folder, so a restart of anything keeps it.
"""

import json
from pathlib import Path
from typing import NamedTuple

from appliance.shared.files import write_atomically

FILE = "maintenance.json"
UNREADABLE = "its file cannot be read; `qlines resume` ends the maintenance"


class Maintenance(NamedTuple):
    """Since when (epoch seconds) and why users are sent elsewhere."""

    since: float
    reason: str


def read(data_dir: Path) -> Maintenance | None:
    """Return the maintenance that was begun, or None; one whose file is invalid counts."""
    try:
        text = (data_dir / FILE).read_text(errors="replace")
    except FileNotFoundError:
        return None
    try:
        document = json.loads(text)
        return Maintenance(float(document["since"]), str(document["reason"]))
    except (ValueError, KeyError, TypeError):
        return Maintenance(0.0, UNREADABLE)


def begin(data_dir: Path, maintenance: Maintenance) -> None:
    """Begin the maintenance, or replace the one that was begun."""
    write_atomically(data_dir / FILE, json.dumps(maintenance._asdict()), is_synced=True)


def end(data_dir: Path) -> bool:
    """End the maintenance; return whether there was one."""
    try:
        (data_dir / FILE).unlink()
    except FileNotFoundError:
        return False
    return True
