"""The file of the samples: a line each, appended, so that a minute costs the disk few bytes."""

import json
from collections.abc import Iterable
from pathlib import Path

from appliance.shared.files import write_atomically
from healthcheck.day.sample import EVERY_SECONDS, KEPT, Sample

NAME = "last_day.jsonl"  # in the data folder


def read(file: Path, now: float) -> tuple[Sample, ...]:
    """Return the samples of the last day; a line that a power cut has torn is left out.

    So is one from the future, of a clock that was set back since.
    """
    try:
        lines = file.read_text(errors="replace").splitlines()
    except OSError:
        return ()
    parsed = [found for found in map(_parsed, lines) if found]
    return tuple(one for one in parsed if now - KEPT * EVERY_SECONDS < one.at <= now)[-KEPT:]


def append(file: Path, one: Sample) -> None:
    """Add a sample; raise OSError when it cannot be written, as on a full disk."""
    with file.open("a") as out:
        out.write(_line(one))


def replace(file: Path, samples: Iterable[Sample]) -> None:
    """Keep only these samples; raise OSError when they cannot be written."""
    write_atomically(file, "".join(map(_line, samples)))


def _line(one: Sample) -> str:
    return json.dumps(one, separators=(",", ":")) + "\n"


def _parsed(line: str) -> Sample | None:
    try:
        found = Sample(*json.loads(line))
        return found if all(isinstance(part, int | float | None) for part in found) else None
    except (ValueError, TypeError):
        return None
