"""Follow a spool folder from where the cursor says, and in time delete what was handed on."""

import logging
import os
from collections import Counter
from pathlib import Path

from appliance.shared.files import write_atomically
from qlines.spool import kept, segments
from qlines.spool.frame import MAX_FRAME_BYTES, Frame, Verdict, scan
from qlines.spool.segments import Position

log = logging.getLogger(__name__)


def following(numbers: list[int], current: int) -> int | None:
    """Return which segment comes after *current*, or None when *current* is the newest.

    Where the folder was emptied by hand and its count began anew, every segment is below: then
    the lowest comes next. Reading one twice is harmless, missing one is not.
    """
    above = [number for number in numbers if number > current]
    if above:
        return above[0]
    return numbers[0] if numbers and current not in numbers else None


class SpoolReader:
    """The only reader of one spool folder.

    read() goes forward, commit() remembers. Whoever starts anew goes on after the last commit,
    so each frame is handed on at least once. *losses* counts what damage cost: damaged_frames,
    torn_tails, insane_lengths.
    """

    def __init__(self, folder: Path, keep_bytes: int = kept.KEEP_BYTES) -> None:
        self._folder = folder
        self._keep_bytes = keep_bytes
        self._file: int | None = None
        self.losses: Counter[str] = Counter()
        self.position = segments.read_cursor(folder) or Position(0, 0)

    def read(self, max_bytes: int) -> list[Frame]:
        """Return the next frames, about *max_bytes* of them; none when the tail is reached.

        *position* is then the place after the last of them.
        """
        while True:
            frames, verdict = self._read_here(max_bytes)
            if frames:
                return frames
            if verdict is Verdict.COMPLETE and self._has_more():
                continue  # nothing but damaged frames so far
            if not self._go_on(verdict):
                return []

    def commit(self, position: Position) -> None:
        """Remember that everything before *position* was handed on."""
        write_atomically(self._folder / segments.CURSOR, f"{position.segment} {position.offset}\n")

    def tidy(self, position: Position) -> None:
        """Delete the segments before the committed *position* that need not be kept any more."""
        kept.delete_expired(self._folder, position.segment, self._keep_bytes)

    def _read_here(self, max_bytes: int) -> tuple[list[Frame], Verdict]:
        file = self._open()
        if file is None:
            return [], Verdict.COMPLETE
        buffer = os.pread(file, max(max_bytes, MAX_FRAME_BYTES), self.position.offset)
        frames, end, damaged, verdict = scan(buffer)
        self.losses["damaged_frames"] += damaged
        self.position = Position(self.position.segment, self.position.offset + end)
        return frames, verdict

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

    def _go_on(self, verdict: Verdict) -> bool:
        """Move to the next segment when this one has ended; return whether to read again.

        1. A newer segment exists: its writer is done with this one for ever.
        2. But it may have finished a frame here between our read and that look: look here again.
        3. What is left then is a torn tail, or bytes that follow an insane length.
        """
        if verdict is Verdict.INSANE:
            return self._skip("insane_lengths")
        after = following(segments.numbers(self._folder), self.position.segment)
        if after is None:
            return False
        if self._grown_by_a_frame():
            return True
        if self._has_more():
            self._note_loss("torn_tails")
        self._leave(Position(after, 0))
        return True

    def _skip(self, loss: str) -> bool:
        after = following(segments.numbers(self._folder), self.position.segment)
        if after is None:
            return False  # waits here: the count is taken once, when a writer starts the next one
        self._note_loss(loss)
        self._leave(Position(after, 0))
        return True

    def _grown_by_a_frame(self) -> bool:
        if self._file is None:
            return self._open() is not None
        rest = os.pread(self._file, MAX_FRAME_BYTES, self.position.offset)
        return scan(rest)[1] > 0

    def _note_loss(self, loss: str) -> None:
        self.losses[loss] += 1
        log.warning(
            "skipped the rest of segment %s of %s from offset %s: %s",
            self.position.segment, self._folder, self.position.offset, loss,
        )  # fmt: skip

    def _leave(self, position: Position) -> None:
        if self._file is not None:
            os.close(self._file)
            self._file = None
        self.position = position
