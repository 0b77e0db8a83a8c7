"""Name and list the files of one spool folder: numbered segments, and the reader's cursor."""

import os
import re
from pathlib import Path
from typing import NamedTuple

from appliance.shared.files import write_atomically

SEGMENT_BYTES = 16 * 1024 * 1024  # a writer starts a new segment before one grows beyond this
CURSOR = "cursor"
# To the end of the line: a number that was cut short would be another position.
_CURSOR = re.compile(rb"(\d{1,19}) (\d{1,19})\n")
_SUFFIX = ".seg"
_DIGITS = 20
MAX_NUMBER = 2**63  # of a segment or an offset: a file has no place beyond it
_NAME_LENGTH = _DIGITS + len(_SUFFIX)


class Position(NamedTuple):
    """A place in a spool: the number of a segment and an offset in its bytes."""

    segment: int
    offset: int


class SpoolUsage(NamedTuple):
    """The size of one spool folder; *unread_bytes* lie behind the reader's cursor."""

    bytes: int
    unread_bytes: int
    segments: int


def path_of(folder: Path, number: int) -> Path:
    """Return the path of the segment with this number."""
    return folder / f"{number:0{_DIGITS}}{_SUFFIX}"


def numbers(folder: Path) -> list[int]:
    """Return the numbers of the existing segments, ascending; empty when the folder is missing."""
    try:
        names = os.listdir(folder)
    except FileNotFoundError:
        return []
    return sorted(
        int(name[:_DIGITS])
        for name in names
        if name.endswith(_SUFFIX)
        and len(name) == _NAME_LENGTH
        and name[:_DIGITS].isdecimal()
        and name.isascii()
    )


def next_number(folder: Path) -> int:
    """Return the number of a writer's next segment, above every segment and above the cursor.

    The cursor counts because a reader never reads below it: if the segments were deleted by hand
    and numbering restarted at 1, the reader would skip the new ones.
    """
    cursor = read_cursor(folder)
    return max([*numbers(folder), cursor.segment if cursor else 0]) + 1


def read_cursor(folder: Path) -> Position | None:
    """Return the committed position, or None before the first commit or when the file is corrupt.

    Reading from the start is safe then: points are deduplicated.
    """
    try:
        match = _CURSOR.fullmatch((folder / CURSOR).read_bytes())
    except FileNotFoundError:
        return None
    position = Position(int(match[1]), int(match[2])) if match else None
    # Reading anywhere else would fail, and again after every restart.
    return position if position and max(position) < MAX_NUMBER else None


def write_cursor(folder: Path, position: Position) -> None:
    """Replace the cursor; not synced, because a reboot rewinds it anyway (see ``retention``)."""
    write_atomically(folder / CURSOR, f"{position.segment} {position.offset}\n")


def usage(folder: Path) -> SpoolUsage:
    """Return how large the spool is; all zero when the folder does not exist yet.

    Segments that the reader deletes while this runs count as empty.
    """
    sizes = {number: size_of(path_of(folder, number)) for number in numbers(folder)}
    cursor = read_cursor(folder) or Position(0, 0)
    unread_bytes = sum(
        max(0, size - cursor.offset) if number == cursor.segment else size
        for number, size in sizes.items()
        if number >= cursor.segment
    )
    return SpoolUsage(sum(sizes.values()), unread_bytes, len(sizes))


def size_of(path: Path) -> int:
    """Return a file's bytes, 0 when it has just been deleted."""
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
