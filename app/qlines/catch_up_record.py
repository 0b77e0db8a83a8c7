"""Whether this side has to fetch readings from its twin's ClickHouse, and how far that is.

The writer asks for it when it finds that records are gone which it has not stored; the program
`qlines.twin.catch_up` does it. Each writes a file of its own; the health report reads both. Times
are epoch seconds.
"""

import json
from pathlib import Path
from typing import Any, NamedTuple

from appliance.shared.files import write_atomically

REQUEST = "catch-up-request.json"
PROGRESS = "catch-up.json"
FILES = (REQUEST, PROGRESS)


class Request(NamedTuple):
    """Why readings may be missing here, a sentence, and since when that is known."""

    reason: str
    at: float


class Progress(NamedTuple):
    """How far the request of *requested_at* is; *finished_at* is None until it is met.

    *done* are the partitions of `points` that were compared and completed, of *total*; *copied* is
    how many points were fetched for them, and *sentence* says what is done at the moment.
    """

    requested_at: float
    finished_at: float | None = None
    total: int = 0
    done: tuple[str, ...] = ()
    copied: int = 0
    sentence: str = ""


class CatchUp(NamedTuple):
    """The newest request, and how far it is; *progress* is None until it was begun."""

    request: Request
    progress: Progress | None

    @property
    def is_needed(self) -> bool:
        """Return whether the request is not met yet."""
        return self.progress is None or self.progress.finished_at is None

    def document(self) -> dict[str, Any]:
        """Return it as the health report promises it; partitions are those of `points`."""
        progress = self.progress or Progress(self.request.at, sentence="has not begun yet")
        return {
            "is_needed": self.is_needed,
            "reason": self.request.reason,
            "sentence": progress.sentence,
            "partitions_done": len(progress.done),
            "partitions": progress.total,
            "copied_points": progress.copied,
        }


def ask(data_dir: Path, reason: str, at: float) -> None:
    """Ask for a comparison of everything; what was compared before counts no longer."""
    text = json.dumps(Request(reason, at)._asdict())
    write_atomically(data_dir / "twin" / REQUEST, text, is_synced=True)


def read_request(data_dir: Path) -> Request | None:
    """Return what was asked for last, None if nothing ever was."""
    document = _read(data_dir / "twin" / REQUEST)
    try:
        return Request(str(document["reason"]), float(document["at"]))
    except (KeyError, ValueError, TypeError):
        return None


def write_progress(data_dir: Path, progress: Progress) -> None:
    """Write what read_progress() returns."""
    write_atomically(data_dir / "twin" / PROGRESS, json.dumps(progress._asdict()), is_synced=True)


def read_progress(data_dir: Path) -> Progress | None:
    """Return how far it is, None when it never began or the file cannot be understood."""
    document = _read(data_dir / "twin" / PROGRESS)
    try:
        progress = Progress(**document)
    except TypeError:
        return None
    return progress._replace(done=tuple(progress.done))


def read(data_dir: Path) -> CatchUp | None:
    """Return the newest request and how far it is, None if nothing was ever asked for."""
    request, progress = read_request(data_dir), read_progress(data_dir)
    if request is None:
        return None
    is_of_request = progress is not None and progress.requested_at == request.at
    return CatchUp(request, progress if is_of_request else None)


def is_needed(data_dir: Path) -> bool:
    """Return whether a request is not met yet."""
    found = read(data_dir)
    return found is not None and found.is_needed


def _read(file: Path) -> dict[str, Any]:
    try:
        document = json.loads(file.read_bytes())
    except (FileNotFoundError, ValueError):
        return {}
    return document if isinstance(document, dict) else {}
