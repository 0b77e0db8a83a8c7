"""Enforce the spool quota, so that messages are refused before the disk is full."""

import os
from collections.abc import Callable
from pathlib import Path

from qlines.clock import Clock
from qlines.spool import segments
from qlines.spool.disk_lines import DEFAULT_GUARD_PERCENT, DiskSpace, lines_of

MEASURE_EVERY_SECONDS = 1.0


def refusal(spool_bytes: int, free_bytes: int, limit_bytes: int, reserve_bytes: int) -> str | None:
    """Return why no message may be accepted, or None; pure.

    A limit of 0 means half of the space that is free without the spool.
    """
    if free_bytes < reserve_bytes:
        return (
            f"at least {reserve_bytes} bytes of the disk must stay free, {free_bytes} are: "
            "free disk space"
        )
    if limit_bytes and spool_bytes > limit_bytes:
        return (
            f"the spool holds {spool_bytes} bytes, its limit QLINES_SPOOL_LIMIT_MB is "
            f"{limit_bytes}: wait until the readings are stored, or raise the limit"
        )
    if not limit_bytes and spool_bytes > free_bytes:
        return (
            f"the spool holds {spool_bytes} bytes, more than the {free_bytes} that are free: "
            "wait until the readings are stored, or free disk space"
        )
    return None


def spool_bytes(folders: list[Path]) -> int:
    """Return the bytes of all segments in *folders*."""
    return sum(
        segments.size_of(segments.path_of(folder, number))
        for folder in folders
        for number in segments.numbers(folder)
    )


def disk_space(folder: Path) -> DiskSpace:
    """Measure the file system of *folder*."""
    state = os.statvfs(folder)
    return DiskSpace(state.f_blocks * state.f_frsize, state.f_bavail * state.f_frsize)


class SpoolQuota:
    """Measures every spool folder once a second, and adds the writer's own bytes in between."""

    def __init__(
        self,
        folders: list[Path],
        limit_bytes: int,
        clock: Clock,
        guard_percent: int = DEFAULT_GUARD_PERCENT,
        measure: Callable[[Path], DiskSpace] = disk_space,
    ) -> None:
        self._folders = folders
        self._limit_bytes = limit_bytes
        self._clock = clock
        self._guard_percent = guard_percent
        self._measure = measure
        self._measured_at = float("-inf")
        self._spool_bytes = 0
        self._disk = DiskSpace(0, 0)
        self._appended_bytes = 0

    def note_appended(self, size: int) -> None:
        """Count bytes appended since the last measurement."""
        self._appended_bytes += size

    def refusal(self) -> str | None:
        """Return why no message may be accepted now, or None."""
        if self._clock.monotonic() - self._measured_at >= MEASURE_EVERY_SECONDS:
            self._measured_at = self._clock.monotonic()
            self._spool_bytes = spool_bytes(self._folders)
            self._disk = self._measure(self._folders[0])
            self._appended_bytes = 0
        return refusal(
            self._spool_bytes + self._appended_bytes,
            self._disk.free_bytes - self._appended_bytes,
            self._limit_bytes,
            lines_of(self._disk.total_bytes, self._guard_percent).refuse_below,
        )
