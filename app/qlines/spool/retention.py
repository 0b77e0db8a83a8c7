"""Retain published segments for 90 s, and replay them after the machine rebooted.

Kafka acknowledges a record, and ClickHouse a row, before either is on the disk: the kernel writes
dirty pages back within half a minute. A power cut can lose them, so published segments stay in the
spool for a while. After a reboot (another boot id) the reader starts again at the oldest segment.
Most frames then arrive twice, which is harmless: points are deduplicated by device, key and time.
"""

import logging
import time
from pathlib import Path
from typing import NamedTuple

from appliance.shared.files import write_atomically
from qlines.spool import segments
from qlines.spool.disk_lines import DiskSpace, lines_of
from qlines.spool.quota import disk_space
from qlines.spool.segments import Position

log = logging.getLogger(__name__)

# Linux's defaults: a dirty page is written back after 30 s, checked every 5 s.
RETENTION_SECONDS = 90.0
# 60 s at 25,000 messages of 170 bytes per second; a busier spool retains less than 90 s.
MAX_RETAINED_BYTES = 256 * 1024 * 1024
BOOT_ID = "boot_id"


class SegmentFile(NamedTuple):
    """A published segment; *written_at* is its last write, in seconds since 1970."""

    number: int
    written_at: float
    bytes: int


def machine_boot_id() -> str:
    """Return the id of this boot of the machine; a restart of the container keeps it."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def rewind_after_reboot(folder: Path, boot_id: str) -> bool:
    """Rewind the cursor when *boot_id* has changed since the last call; return whether it did.

    The cursor is written before the boot id: a kill in between repeats the replay. A boot id that
    is missing or corrupt counts as another one.
    """
    file = folder / BOOT_ID
    if file.exists() and file.read_text(errors="replace").strip() == boot_id:
        return False
    is_rewound = rewind(folder, "the machine rebooted")
    write_atomically(file, f"{boot_id}\n")
    return is_rewound


def rewind(folder: Path, reason: str) -> bool:
    """Set the cursor to the oldest segment, to replay it; False without segments."""
    numbers = segments.numbers(folder)
    if not numbers:
        return False
    log.info("%s, replaying the retained segments of %s", reason, folder)
    segments.write_cursor(folder, Position(numbers[0], 0))
    return True


def max_retained_bytes(spool_limit_bytes: int) -> int:
    """Return how much to retain: at most a quarter of the spool's limit, if there is one."""
    if not spool_limit_bytes:
        return MAX_RETAINED_BYTES
    return min(MAX_RETAINED_BYTES, spool_limit_bytes // 4)


def spare_bytes(disk: DiskSpace, guard_percent: int) -> int:
    """Return what the disk has to spare: nothing once it is as full as the guard lets it be.

    A second copy of a message is not worth a dropped reading, nor a refused message.
    """
    return max(0, disk.free_bytes - lines_of(disk.total_bytes, guard_percent).save_below) // 4


def expired(files: list[SegmentFile], now: float, max_bytes: int) -> list[int]:
    """Return the numbers of the segments to delete; pure. *files* are sorted, oldest first."""
    retained_bytes = 0
    for index in range(len(files) - 1, -1, -1):
        retained_bytes += files[index].bytes
        if retained_bytes > max_bytes or now - files[index].written_at > RETENTION_SECONDS:
            return [file.number for file in files[: index + 1]]
    return []


def delete_expired(folder: Path, below: int, max_bytes: int, guard_percent: int) -> None:
    """Delete the segments numbered under *below* whose retention is over."""
    files = []
    for number in segments.numbers(folder):
        if number < below:
            state = segments.path_of(folder, number).stat()
            files.append(SegmentFile(number, state.st_mtime, state.st_size))
    max_bytes = min(max_bytes, spare_bytes(disk_space(folder), guard_percent))
    # The wall clock, because it is compared with the file system's times.
    for number in expired(files, time.time(), max_bytes):
        segments.path_of(folder, number).unlink(missing_ok=True)
