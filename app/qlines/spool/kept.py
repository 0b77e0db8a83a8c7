"""Keep segments for a while after they were handed on, and hand them on again after a power cut.

Kafka acknowledges a record, and ClickHouse a row, before either is on the disk: the kernel writes
dirty pages back within half a minute. So what the reader has handed on stays here for a while, and
when the machine itself went down meanwhile (its boot id is another), it is handed on once more.
Most of it arrives twice then, which changes nothing: a reading's key is device, key and time.
"""

import logging
import shutil
import time
from pathlib import Path

from appliance.shared.files import write_atomically
from qlines.spool import segments

log = logging.getLogger(__name__)

# The kernel's defaults: a page is written back 30 s after it became dirty, looked at every 5 s.
KEEP_SECONDS = 90.0
# At 25,000 messages of 170 bytes a second these are 60 s; a busier spool keeps less.
KEEP_BYTES = 256 * 1024 * 1024
BOOT_ID = "boot_id"


def machine_boot_id() -> str:
    """Return what is another text after every start of the machine (not of the container)."""
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def rewind_after_power_cut(folder: Path, boot_id: str) -> None:
    """Let the reader begin at the oldest segment when the machine was started since it last read.

    The cursor is moved before the boot id is noted: killed in between, it happens once more.
    """
    noted = folder / BOOT_ID
    known = noted.read_text().strip() if noted.exists() else ""
    if known == boot_id:
        return
    numbers = segments.numbers(folder)
    if known and numbers:
        log.info("the machine was started anew: hands on again what %s kept", folder)
        write_atomically(folder / segments.CURSOR, f"{numbers[0]} 0\n")
    write_atomically(noted, f"{boot_id}\n")


def keep_bytes(spool_limit_bytes: int) -> int:
    """Return how much may be kept; with a small limit not so much that senders are refused."""
    return min(KEEP_BYTES, spool_limit_bytes // 4) if spool_limit_bytes else KEEP_BYTES


def expired(files: list[tuple[int, float, int]], now: float, most_bytes: int) -> list[int]:
    """Return which of the segments that were handed on may go; pure.

    *files* are number, time of the last write (seconds since 1970) and bytes, oldest first.
    """
    kept_bytes = 0
    for index in range(len(files) - 1, -1, -1):
        _, written_at, size = files[index]
        kept_bytes += size
        if kept_bytes > most_bytes or now - written_at > KEEP_SECONDS:
            return [number for number, _, _ in files[: index + 1]]
    return []


def delete_expired(folder: Path, below: int, most_bytes: int) -> None:
    """Delete the segments with numbers under *below* that need not be kept any more."""
    files = []
    for number in segments.numbers(folder):
        if number < below:
            facts = segments.path_of(folder, number).stat()
            files.append((number, facts.st_mtime, facts.st_size))
    # On a full disk nothing is kept: senders must not be refused for the sake of a second copy.
    room = shutil.disk_usage(folder).free // 4
    # The wall clock, because it is compared with the file system's times.
    for number in expired(files, time.time(), min(most_bytes, room)):
        segments.path_of(folder, number).unlink(missing_ok=True)
