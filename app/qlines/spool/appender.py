"""Append frames to a spool folder: once append() has returned, the frame survives a kill."""

import logging
import os
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from appliance.shared.files import sync_folder
from qlines.clock import Clock
from qlines.errors import SpoolFullError
from qlines.spool import segments
from qlines.spool.frame import Frame, encode, scan
from qlines.spool.quota import SpoolQuota

log = logging.getLogger(__name__)

SYNC_EVERY_SECONDS = 1.0
# A last frame further ahead of the clock than this was written while the clock was wrong.
MAX_AHEAD_US = 60_000_000


class Times(NamedTuple):
    """Which times are a writer's own: those with this remainder (appliance/broker/frame.h)."""

    modulus: int
    remainder: int


ALONE = Times(2, 1)  # the broker has the even ones


class SpoolAppender:
    """The only writer of one spool folder.

    Each instance starts a new segment, so a torn tail is always the end of an older one. *sync* is
    "always" (on the disk before append() returns) or "interval" (once a second): then call
    sync_when_due() about once a second, because without messages nothing else syncs.
    """

    def __init__(
        self,
        folder: Path,
        *,
        sync: str,
        quota: SpoolQuota,
        clock: Clock,
        times: Times = ALONE,
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._is_always_synced = sync == "always"
        self._quota = quota
        self._clock = clock
        self._times = times
        self._lock = Lock()
        self._last_us = last_time_us(folder)
        self._file: int | None = None
        self._size = 0
        self._is_dirty = False
        self._synced_at = clock.monotonic()

    def append(self, kind: int, device: str, topic: str, payload: bytes) -> int:
        """Append one frame and return its receive time in microseconds (see next_time_us).

        Raise SpoolFullError when it was not appended: the sender must not get an acknowledgement.
        Raise ValueError when a part is too long for a frame.
        """
        with self._lock:
            self._refuse_when_full()
            time_us = next_time_us(self._last_us, self._clock.now_us(), self._times)
            frame = encode(Frame(time_us, kind, device, topic, payload))
            try:
                self._write(frame)
                if self._is_always_synced or self._is_sync_due():
                    self._sync()
            except OSError as error:
                raise SpoolFullError(f"cannot write to the spool: {error}") from error
            self._advance_to(time_us)
            return time_us

    def sync_when_due(self) -> None:
        """Sync to the disk when the last sync was a second ago or earlier."""
        with self._lock:
            if self._is_sync_due():
                self._sync()

    def close(self) -> None:
        """Sync to the disk and close the segment."""
        with self._lock:
            self._sync()
            self._close_segment()

    def _advance_to(self, time_us: int) -> None:
        if time_us < self._last_us:
            log.warning(
                "the clock is %.0f s behind the newest frame of the spool: "
                "continuing with the clock's time",
                (self._last_us - time_us) / 1e6,
            )
        self._last_us = time_us

    def _refuse_when_full(self) -> None:
        reason = self._quota.refusal()
        if reason is None:
            return
        if self._size:
            # The reader never deletes the newest segment: a spool that is full because of this
            # one would stay full forever. So an empty one follows.
            with suppress(OSError):
                self._sync()
                self._start_segment()
        raise SpoolFullError(reason)

    def _write(self, frame: bytes) -> None:
        if self._size + len(frame) > segments.SEGMENT_BYTES:
            self._sync()
            self._close_segment()
        file = self._start_segment() if self._file is None else self._file
        written = os.write(file, frame)
        if written != len(frame):
            self._truncate(file)
            raise SpoolFullError(
                f"short write ({written} of {len(frame)} bytes): the disk is full; free space"
            )
        self._size += written
        self._is_dirty = True
        self._quota.note_appended(written)

    def _truncate(self, file: int) -> None:
        """Remove a half-written frame; when that fails, leave it as a torn tail and move on."""
        try:
            os.ftruncate(file, self._size)
        except OSError:
            self._close_segment()

    def _start_segment(self) -> int:
        self._close_segment()
        path = segments.path_of(self._folder, segments.next_number(self._folder))
        self._file = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_APPEND, 0o600)
        sync_folder(self._folder)
        return self._file

    def _close_segment(self) -> None:
        if self._file is not None:
            os.close(self._file)
        self._file, self._size, self._is_dirty = None, 0, False

    def _is_sync_due(self) -> bool:
        return self._is_dirty and self._clock.monotonic() - self._synced_at >= SYNC_EVERY_SECONDS

    def _sync(self) -> None:
        self._synced_at = self._clock.monotonic()
        if self._is_dirty and self._file is not None:
            os.fdatasync(self._file)
            self._is_dirty = False
            if os.fstat(self._file).st_nlink == 0:
                self._close_segment()  # deleted by hand: new frames must not vanish with it


def times_of(side: str | None) -> Times:
    """Return the web app's times on a side of a pairing, None without one."""
    return ALONE if side is None else Times(4, 3 if side == "b" else 1)


def next_time_us(last_us: int, now_us: int, times: Times = ALONE) -> int:
    """Return the next frame's time, one of *times*: *now_us*, but above *last_us*.

    So no two messages share a time. A *last_us* more than MAX_AHEAD_US ahead of the clock is
    ignored: the alternative is wrong times for as long as the clock was ahead, and a lag that reads
    as zero. The broker's spool has the same rule (appliance/broker/frame.h).
    """
    is_too_far_ahead = last_us > now_us + MAX_AHEAD_US
    # The last frame may have another's time, if a restore brought the broker's frames (backup/).
    least_us = now_us if is_too_far_ahead else max(now_us, last_us + 1)
    return least_us + (times.remainder - least_us) % times.modulus


def last_time_us(folder: Path) -> int:
    """Return the last frame's time, so that times rise across restarts too; 0 without frames."""
    for number in reversed(segments.numbers(folder)):
        try:
            frames, *_ = scan(segments.path_of(folder, number).read_bytes())
        except FileNotFoundError:
            return 0  # the reader has come past it, and deleted it just now
        if frames:
            return frames[-1].time_us
    return 0
