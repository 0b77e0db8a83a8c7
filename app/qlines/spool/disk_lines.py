"""The lines of free space at which the appliance saves, deletes and refuses; pure.

QLINES_DISK_GUARD_PERCENT and the size of the disk give four lines, each below the one before:

    save_below    published segments and stored Kafka records are not retained any longer
    drop_below    healthd drops the oldest partitions of readings
    refuse_below  messages are refused and not acknowledged: the reserve of the stores
    hold_below    ingest publishes nothing, so that Kafka does not grow into the last of the reserve

What still takes space after a refusal: acknowledged messages move from the spool to Kafka and from
there to ClickHouse, each a smaller copy of what is deleted behind it, 80 MB at most in between (a
segment, 2 s of frames, a Kafka segment). ClickHouse begins only merges that fit into half of what
is free, two at a time, and keeps 30 MB for itself: a quarter of the reserve is left at worst.
MongoDB's journal grows by 100 MB at most between checkpoints, and its oplog is limited.
appliance/broker/spool_quota.c has the same reserve, and a test compares them.
"""

from typing import NamedTuple

DEFAULT_GUARD_PERCENT = 90
MIN_RESERVE_BYTES = 64 * 1024**2
MAX_RESERVE_BYTES = 1024**3


class DiskSpace(NamedTuple):
    """A file system; *free_bytes* is what an unprivileged process may still use."""

    total_bytes: int
    free_bytes: int


class DiskLines(NamedTuple):
    """Free bytes below which something happens."""

    save_below: int
    drop_below: int
    refuse_below: int
    hold_below: int


def lines_of(total_bytes: int, guard_percent: int) -> DiskLines:
    """Return the lines of a disk; they keep their order on disks that are too small to matter."""
    guarded = total_bytes // 100 * (100 - guard_percent)
    reserve = max(MIN_RESERVE_BYTES, min(MAX_RESERVE_BYTES, guarded // 2))
    return DiskLines(
        save_below=max(guarded, reserve + reserve // 2),
        drop_below=max(guarded - guarded // 4, reserve + reserve // 4),
        refuse_below=reserve,
        hold_below=reserve // 4,
    )
