"""What is known of backups, drills and a running restore: small files that `backup` writes.

The scheduler decides by them what is due and notes in the record what it begins, which it does with
the lock; the health report and the admin's page only read. Times are epoch seconds of the wall
clock.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from appliance.shared.files import sync_folder, write_atomically

FOLDER = "backup"  # in the data folder; everything that `backup` writes there is below it
FILE = "record.json"
BACKUP_LOCK = "lock"  # in FOLDER; held by flock(2) while a verb of `backup` runs
RESTORE_JOURNAL = "restore.json"  # in FOLDER; exists while a restore runs, or was killed halfway
LOADING, SWAPPING, SWAPPED = "loading", "swapping", "swapped"  # the phases of a restore, in order
UNREADABLE = "the journal of the restore cannot be read; `qlines backup recover` ends the restore"
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

    *failure* is None again after a good backup, and so is *failed_restore*, how the newest restore
    failed after it had begun to replace something, which was put back. *tried_at* is when a run
    other than a drill last began, *drill_tried_at* when a drill did, whatever became of it. The
    scheduler writes *first_at*, when this file was made, from which the first backup is due, and
    *first_good_at*, when the first good one began, from which the first drill is.
    """

    last_good: Backup | None = None
    failure: Failure | None = None
    last_drill: Drill | None = None
    proven: Drill | None = None
    tried_at: float | None = None
    drill_tried_at: float | None = None
    first_at: float | None = None
    first_good_at: float | None = None
    failed_restore: Failure | None = None


class Restore(NamedTuple):
    """A restore that runs, or was killed: *since* when, in which *phase*, and what it does.

    While it is loading, everything runs as before it, and nothing of what serves has changed.
    """

    since: float
    phase: str
    sentence: str

    @property
    def is_in_the_way(self) -> bool:
        """Return whether programs are stopped for it, so that people cannot be served."""
        return self.phase != LOADING


def path(data_dir: Path) -> Path:
    """Return where the record is."""
    return data_dir / FOLDER / FILE


def read(data_dir: Path) -> Record:
    """Return what was written last; an empty record without a valid file."""
    try:
        return from_json(json.loads(path(data_dir).read_bytes()))
    except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
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
        "failed_restore": Failure,
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


def journal_path(data_dir: Path) -> Path:
    """Return where the journal of a restore is."""
    return data_dir / FOLDER / RESTORE_JOURNAL


def read_restore(data_dir: Path) -> Restore | None:
    """Return the restore that runs or was killed, or None; one whose journal is invalid counts."""
    try:
        text = journal_path(data_dir).read_text(errors="replace")
    except FileNotFoundError:
        return None
    try:
        document = json.loads(text)
        since, phase = float(document["since"]), str(document["phase"])
        return Restore(since, phase, str(document["sentence"]))
    except (ValueError, KeyError, TypeError):
        return Restore(0.0, SWAPPING, UNREADABLE)


def write_restore(data_dir: Path, restore: Restore) -> None:
    """Begin a restore, or note its next phase; raise OSError when it cannot be written."""
    write_atomically(journal_path(data_dir), json.dumps(restore._asdict()), is_synced=True)


def end_restore(data_dir: Path) -> None:
    """Note that no restore runs any longer; a power cut does not undo it."""
    journal_path(data_dir).unlink(missing_ok=True)
    sync_folder(data_dir / FOLDER)
