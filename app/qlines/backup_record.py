"""What is known of backups and drills: a file that `backup` writes and others only read.

The scheduler decides by it what is due, the health report and the admin's page show it. Times are
epoch seconds of the wall clock.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from appliance.shared.files import write_atomically

FOLDER = "backup"  # in the data folder; everything that `backup` writes there is below it
FILE = "record.json"
NO_COUNTS: Mapping[str, int] = {}


class Backup(NamedTuple):
    """A good backup: *at* is when it began, *bytes_added* what the repository grew by."""

    id: str
    at: float
    seconds: float
    bytes: int
    bytes_added: int
    counts: Mapping[str, int] = NO_COUNTS
    missing: tuple[str, ...] = ()  # sentences: stores that are not in this backup


class Drill(NamedTuple):
    """A restore in a scratch place, at *at*, of the backup *id*; *reason* is why it failed."""

    id: str
    at: float
    ok: bool
    seconds: float
    data_age_seconds: float
    reason: str = ""


class Failure(NamedTuple):
    """The newest run that failed since the last good one: of which verb, when and why."""

    verb: str
    at: float
    reason: str


class Record(NamedTuple):
    """*last_good* and *last_drill* are the newest; *proven* is the newest drill that was good.

    *failure* is None again after a good backup. *tried_at* is when a backup last began,
    *drill_tried_at* a drill, whatever became of it; *first_at* when this file was made, from which
    the first ones are due.
    """

    last_good: Backup | None = None
    failure: Failure | None = None
    last_drill: Drill | None = None
    proven: Drill | None = None
    tried_at: float | None = None
    drill_tried_at: float | None = None
    first_at: float | None = None


def path(data_dir: Path) -> Path:
    """Return where the record is."""
    return data_dir / FOLDER / FILE


def read(data_dir: Path) -> Record:
    """Return what was written last; an empty record without a valid file."""
    try:
        return from_json(json.loads(path(data_dir).read_bytes()))
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return Record()


def write(data_dir: Path, record: Record) -> None:
    """Replace the record; raise OSError when it cannot be written."""
    write_atomically(path(data_dir), json.dumps(to_json(record)), is_synced=True)


def to_json(record: Record) -> dict[str, Any]:
    """Return the record as it is stored."""
    return {
        name: value._asdict() if isinstance(value, Backup | Drill | Failure) else value
        for name, value in record._asdict().items()
    }


def from_json(document: Mapping[str, Any]) -> Record:
    """Return the record that to_json() wrote; fields of a newer program are left out."""
    shapes: dict[str, Any] = {
        "last_good": Backup,
        "failure": Failure,
        "last_drill": Drill,
        "proven": Drill,
    }
    known = {name: document.get(name) for name in Record._fields}
    for name, shape in shapes.items():
        item = known[name]
        if item is not None:
            known[name] = shape(**{key: item[key] for key in shape._fields if key in item})
    last_good = known["last_good"]
    if isinstance(last_good, Backup):
        known["last_good"] = last_good._replace(missing=tuple(last_good.missing))
    return Record(**known)
