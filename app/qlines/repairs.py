"""Say what was repaired or set aside: a line in the log, and in the health report for a day.

The file holds a line per repair, oldest first: ``2026-11-26T06:53:32Z redis: sentence``. It is on
the volume, because a container often starts again soon after the start that repaired something.
"""

import logging
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

log = logging.getLogger(__name__)

FILE = "log/repairs.txt"
SHOWN_SECONDS = 24 * 3600.0
MAX_SHOWN = 50
MAX_READ_BYTES = 16 * 1024
TIME_FORMAT = "%Y-%m-%dT%H:%M:%SZ"


class Repair(NamedTuple):
    """One repair; *at* is in seconds since 1970, *program* whose file it was."""

    at: float
    program: str
    sentence: str


def note(data_dir: Path, program: str, sentence: str) -> None:
    """Log *sentence* and add it to the file; a disk that is full costs the second only."""
    log.warning("repaired: %s", sentence)
    line = f"{time.strftime(TIME_FORMAT, time.gmtime())} {program}: {sentence}\n"
    try:
        path = data_dir / FILE
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as file:
            file.write(line)
    except OSError as error:
        log.warning("cannot write to %s: %s", data_dir / FILE, error)


def recent(data_dir: Path, now: float) -> list[Repair]:
    """Return the repairs of the last 24 hours, oldest first, at most the newest fifty."""
    try:
        with (data_dir / FILE).open("rb") as file:
            file.seek(max(0, file.seek(0, 2) - MAX_READ_BYTES))
            lines = file.read().decode(errors="replace").splitlines()
    except FileNotFoundError:
        return []
    repairs = [repair for repair in map(parse, lines) if repair is not None]
    return [repair for repair in repairs if now - repair.at < SHOWN_SECONDS][-MAX_SHOWN:]


def parse(line: str) -> Repair | None:
    """Return what a line of the file says, or None when it is incomplete."""
    at, _, rest = line.partition(" ")
    program, colon, sentence = rest.partition(": ")
    try:
        noted = datetime.strptime(at, TIME_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        return None
    return Repair(noted.timestamp(), program, sentence) if colon else None
