"""The spool as the input of ingest: read all folders, commit their cursors, delete old segments."""

from collections.abc import Sequence

from qlines.clock import Clock
from qlines.spool.frame import MAX_FRAME_BYTES, Frame
from qlines.spool.reader import SpoolReader
from qlines.spool.segments import Position

MAX_READ_BYTES = 1024 * 1024  # per folder and batch
COMMIT_EVERY_SECONDS = 0.1
LOSSES = ("corrupt_frames", "torn_tails", "invalid_lengths")
DELETE_EVERY_SECONDS = 2.0  # a full spool has space again at most this much later


class SpoolSource:
    """The readers of all spool folders, and up to where each is committed."""

    def __init__(self, readers: Sequence[SpoolReader], clock: Clock) -> None:
        self._readers = readers
        self._clock = clock
        self._committed = self._positions()
        self._committed_at = float("-inf")
        self._deleted_at = float("-inf")
        self._behind_since_us = 0
        self.has_more = False

    def read(self) -> list[Frame]:
        """Return the next frames of every folder, in order within a folder; empty at the end.

        *has_more* is then whether a folder had more than one read returns.
        """
        frames: list[Frame] = []
        last_times: list[int] = []
        for reader in self._readers:
            before = reader.position
            read = reader.read(MAX_READ_BYTES)
            frames.extend(read)
            if read and _is_full_read(before, reader.position):
                last_times.append(read[-1].time_us)
        self.has_more = bool(last_times)
        self._behind_since_us = min(last_times, default=0)
        return frames

    @property
    def lag_ms(self) -> int:
        """Return the age of the frames where reading stopped; 0 when there was nothing more."""
        if not self.has_more:
            return 0
        return max(0, self._clock.now_us() - self._behind_since_us) // 1000

    @property
    def losses(self) -> dict[str, int]:
        """Return what all readers had to skip, by counter name."""
        return {name: sum(reader.losses[name] for reader in self._readers) for name in LOSSES}

    @property
    def is_committed(self) -> bool:
        """Return whether everything that was read is committed."""
        return self._committed == self._positions()

    @property
    def is_commit_due(self) -> bool:
        """Return whether the latest commit was long enough ago."""
        return self._clock.monotonic() - self._committed_at >= COMMIT_EVERY_SECONDS

    def commit(self) -> None:
        """Commit every position that moved; call it once all that was read is safe elsewhere."""
        positions = self._positions()
        for reader, position, committed in zip(
            self._readers, positions, self._committed, strict=True
        ):
            if position != committed:
                reader.commit(position)
        self._committed = positions
        self._committed_at = self._clock.monotonic()

    def delete_expired(self) -> None:
        """Delete committed segments after their retention, every two seconds."""
        now = self._clock.monotonic()
        if now - self._deleted_at < DELETE_EVERY_SECONDS:
            return
        for reader, committed in zip(self._readers, self._committed, strict=True):
            reader.delete_expired(committed)
        self._deleted_at = now

    def _positions(self) -> list[Position]:
        return [reader.position for reader in self._readers]


def _is_full_read(before: Position, after: Position) -> bool:
    """Return whether a read stopped because of its limit, not at the end of the spool."""
    if after.segment != before.segment:
        return True
    return after.offset - before.offset > MAX_READ_BYTES - MAX_FRAME_BYTES
