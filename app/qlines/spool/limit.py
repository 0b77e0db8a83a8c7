"""Refuse messages before the disk is full, so that what was acknowledged always has its place."""

import os
from collections.abc import Callable
from pathlib import Path

from qlines.clock import Clock
from qlines.spool import segments

MIN_FREE_BYTES = 64 * 1024 * 1024  # the stores beside the spool need room to merge and to recover
LOOK_EVERY_SECONDS = 1.0


def refusal(spool_bytes: int, free_bytes: int, limit_bytes: int) -> str | None:
    """Return why nothing more may be kept, or None; a limit of 0 means half of what was free."""
    if free_bytes < MIN_FREE_BYTES:
        return f"only {free_bytes} bytes of the disk are free, keep {MIN_FREE_BYTES}: make room"
    if limit_bytes and spool_bytes > limit_bytes:
        return (
            f"the spool holds {spool_bytes} bytes, its limit QLINES_SPOOL_LIMIT_MB is "
            f"{limit_bytes}: wait until the readings are stored, or raise it"
        )
    if not limit_bytes and spool_bytes > free_bytes:
        return (
            f"the spool holds {spool_bytes} bytes, more than the {free_bytes} that are free: "
            "wait until the readings are stored, or make room"
        )
    return None


def spool_bytes(folders: list[Path]) -> int:
    """Return the bytes of every segment in *folders*."""
    return sum(
        segments.size_of(segments.path_of(folder, number))
        for folder in folders
        for number in segments.numbers(folder)
    )


def free_bytes(folder: Path) -> int:
    """Return what an unprivileged writer may still add to the file system of *folder*."""
    state = os.statvfs(folder)
    return state.f_bavail * state.f_frsize


class SpoolLimit:
    """Looks at every spool folder once a second and adds the own bytes in between."""

    def __init__(
        self,
        folders: list[Path],
        limit_bytes: int,
        clock: Clock,
        free: Callable[[Path], int] = free_bytes,
    ) -> None:
        self._folders = folders
        self._limit_bytes = limit_bytes
        self._clock = clock
        self._free = free
        self._looked_at = float("-inf")
        self._found = (0, 0)
        self._grown = 0

    def grew(self, size: int) -> None:
        """Note bytes that were appended since the last look."""
        self._grown += size

    def refusal(self) -> str | None:
        """Return why nothing more may be kept now, or None."""
        if self._clock.monotonic() - self._looked_at >= LOOK_EVERY_SECONDS:
            self._looked_at = self._clock.monotonic()
            self._found = spool_bytes(self._folders), self._free(self._folders[0])
            self._grown = 0
        held, free = self._found
        return refusal(held + self._grown, free - self._grown, self._limit_bytes)
