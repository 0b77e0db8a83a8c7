"""Read the frames of a spool folder from the cursor on, and delete segments after retention."""

import logging
import os
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from qlines.spool import retention, segments
from qlines.spool.disk_lines import DEFAULT_GUARD_PERCENT
from qlines.spool.frame import MAX_FRAME_BYTES, Frame, Verdict, scan
from qlines.spool.segments import Position

log = logging.getLogger(__name__)


def next_segment(numbers: list[int], current: int) -> int | None:
    """Return which of *numbers* follows *current*, or None when *current* is the newest.

    When the folder was emptied by hand and numbering restarted, all numbers are lower: then the
    lowest is next. Reading a segment twice is harmless, missing one is not.
    """
    above = [number for number in numbers if number > current]
    if above:
        return above[0]
    return numbers[0] if numbers and current not in numbers else None


class SpoolReader:
    """The only reader of one spool folder.

    read() advances the position, commit() stores it. A new reader starts at the last commit, so
    every frame is read at least once. *losses* counts what had to be skipped: corrupt_frames,
    torn_tails, invalid_lengths.
    """

    def __init__(
        self,
        folder: Path,
        note: Callable[[str], None] = log.warning,
        max_retained_bytes: int = retention.MAX_RETAINED_BYTES,
        guard_percent: int = DEFAULT_GUARD_PERCENT,
    ) -> None:
        self._folder = folder
        self._note = note
        self._max_retained_bytes = max_retained_bytes
        self._guard_percent = guard_percent
        self._file: int | None = None
        self.losses: Counter[str] = Counter()
        self.position = segments.read_cursor(folder) or Position(0, 0)

    def read(self, max_bytes: int) -> list[Frame]:
        """Return the next frames, about *max_bytes* of them; an empty list at the end.

        *position* is then behind the last of them.
        """
        while True:
            frames, verdict = self._read_here(max_bytes)
            if frames:
                return frames
            if verdict is Verdict.COMPLETE and self._has_more():
                continue  # only corrupt frames so far
            if not self._advance(verdict):
                return []

    def commit(self, position: Position) -> None:
        """Store *position* as the cursor: everything before it was published."""
        segments.write_cursor(self._folder, position)

    def delete_expired(self, position: Position) -> None:
        """Delete the segments before the committed *position* whose retention is over."""
        retention.delete_expired(
            self._folder, position.segment, self._max_retained_bytes, self._guard_percent
        )

    def _read_here(self, max_bytes: int) -> tuple[list[Frame], Verdict]:
        file = self._open()
        if file is None:
            return [], Verdict.COMPLETE
        result = scan(os.pread(file, max(max_bytes, MAX_FRAME_BYTES), self.position.offset))
        self.losses["corrupt_frames"] += result.corrupt_frames
        self.position = Position(self.position.segment, self.position.offset + result.end)
        return result.frames, result.verdict

    def _open(self) -> int | None:
        if self._file is None:
            path = segments.path_of(self._folder, self.position.segment)
            try:
                self._file = os.open(path, os.O_RDONLY)
            except FileNotFoundError:
                return None
        return self._file

    def _has_more(self) -> bool:
        return self._file is not None and os.fstat(self._file).st_size > self.position.offset

    def _advance(self, verdict: Verdict) -> bool:
        """Move to the next segment when this one has ended; return whether to read again.

        1. A next segment exists: its writer will never append to this one again.
        2. But it may have completed a frame here between the read and the listing: read again.
        3. What remains is a torn tail, or bytes after a frame of invalid length. Searching them for
           the next frame would be wrong: a device can send a payload that is a frame of another
           device, with a correct checksum.
        """
        if verdict is Verdict.INVALID_LENGTH:
            return self._skip("invalid_lengths")
        following = next_segment(segments.numbers(self._folder), self.position.segment)
        if following is None:
            return False
        if self._has_complete_frame():
            return True
        if self._has_more():
            self._note_loss("torn_tails")
        self._move_to(following)
        return True

    def _skip(self, loss: str) -> bool:
        following = next_segment(segments.numbers(self._folder), self.position.segment)
        if following is None:
            return False  # stay here, so the loss is counted once: when a next segment exists
        self._note_loss(loss)
        self._move_to(following)
        return True

    def _has_complete_frame(self) -> bool:
        if self._file is None:
            return self._open() is not None
        return scan(os.pread(self._file, MAX_FRAME_BYTES, self.position.offset)).end > 0

    def _note_loss(self, loss: str) -> None:
        self.losses[loss] += 1
        path = segments.path_of(self._folder, self.position.segment)
        what = loss.removesuffix("s").replace("_", " ")
        self._note(f"skipped the rest of {path} from offset {self.position.offset}: {what}")

    def _move_to(self, segment: int) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
        self.position = Position(segment, 0)
