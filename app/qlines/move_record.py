"""How far a move of this container's data to other stores is: a file that `qlines move-to` writes.

`qlines.boot` reads it too: once everything has moved, a start beside the old stores would take
messages that nobody at the new ones ever sees; before that, one beside the new stores would lack
what was not copied yet. Both are refused.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from appliance.shared.files import write_atomically

FOLDER = "moving"  # in the data folder
FILE = "record.json"
COPYING, SWITCHING, MOVED, ABANDONED = "copying", "switching", "moved", "abandoned"
NO_ADDRESSES: Mapping[str, str] = {}


class Record(NamedTuple):
    """A move, and how far it is; times are epoch seconds.

    *source* and *target* are where the stores are, as `Settings.stores` says it. *offsets* are
    those of the source's Kafka, by partition, from which on the target lacks readings; *done* are
    the partitions of `points` that are copied, of *total*, with *copied* points. *pause_seconds* is
    how long pages were away in the switch.
    """

    phase: str
    source: Mapping[str, str] = NO_ADDRESSES
    target: Mapping[str, str] = NO_ADDRESSES
    began_at: float = 0.0
    offsets: Mapping[str, int] = {}
    done: tuple[str, ...] = ()
    total: int = 0
    copied: int = 0
    sentence: str = ""
    pause_seconds: float = 0.0


def read(data_dir: Path) -> Record | None:
    """Return the newest move, None when there never was one or its file cannot be understood."""
    try:
        document: dict[str, Any] = json.loads((data_dir / FOLDER / FILE).read_bytes())
        record = Record(**document)
    except (FileNotFoundError, ValueError, TypeError):
        return None
    return record._replace(done=tuple(record.done))


def write(data_dir: Path, record: Record) -> None:
    """Replace the record; raise OSError when it cannot be written."""
    text = json.dumps(record._asdict())
    write_atomically(data_dir / FOLDER / FILE, text, is_synced=True)


def end_killed_switch(data_dir: Path) -> None:
    """Note that what a switch had stopped runs again: it was killed, and the move is not over.

    Raise OSError when it cannot be written.
    """
    record = read(data_dir)
    if record and record.phase == SWITCHING:
        write(data_dir, record._replace(phase=COPYING))


def refusal(record: Record | None, stores: Mapping[str, str]) -> str | None:
    """Return why a container must not start beside these *stores*; pure.

    One of those that have moved, at its old place, or before the switch at its new one, is enough.
    """
    if record is None:
        return None
    changed = moved(record.source, record.target)
    new = ", ".join(f"{name} {place}" for name, place in changed)
    anyway = f"delete /data/{FOLDER}/{FILE} to start here with what is here"
    wrong = record.source if record.phase == MOVED else record.target
    if all(stores.get(name) != wrong.get(name) for name, _place in changed):
        return None
    if record.phase == MOVED:
        return (
            f"its data have moved to {new}: start it with the settings that were given to"
            f" `qlines move-to` ({anyway})"
        )
    return (
        f"the move to {new} is not complete: start it with the settings that it had, and repeat"
        f" `qlines move-to` ({anyway})"
    )


def in_the_way(record: Record | None, stores: Mapping[str, str]) -> str:
    """Return what a move does, or did, for which programs of a container beside *stores* are
    stopped; "" for nothing; pure.
    """
    if record is None or dict(record.source) != dict(stores):
        return ""
    if record.phase == SWITCHING:
        return (
            "a move to other stores is switching, and pages are stopped for it: repeat"
            " `qlines move-to` when it was killed"
        )
    new = ", ".join(f"{name} {place}" for name, place in moved(record.source, record.target))
    return (
        f"everything has moved to {new}, and pages are stopped here"
        if record.phase == MOVED
        else ""
    )


def moved(source: Mapping[str, str], target: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return the stores that have another address in *target*, each with that; pure."""
    return [(name, place) for name, place in target.items() if source.get(name) != place]
