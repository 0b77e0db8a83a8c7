"""Decide what the disk's guard does: its level, what it drops, and its sentence; pure.

    level     begins when less is free than    does
    none      –                                nothing
    saving    save_below                       retains no published segment, no stored Kafka record
    dropping  drop_below                       drops the oldest partitions of readings
    refusing  refuse_below                     the broker and the web app refuse messages

`qlines.spool.disk_lines` has the lines. A level ends only when there is more room than at its
begin. Segments and refusals are the business of ingest, broker and web app, which measure the disk
themselves: both work while healthd is dead.
"""

from collections.abc import Iterable
from typing import NamedTuple

from qlines.spool.disk_lines import DiskLines, DiskSpace
from qlines.store import partition

NONE, SAVING, DROPPING, REFUSING = LEVELS = ("none", "saving", "dropping", "refusing")
RECENT_US = partition.DAY_US


class Partition(NamedTuple):
    """A partition of `points`: its name, its size on the disk, its points."""

    name: str
    bytes: int
    rows: int


class Dropped(NamedTuple):
    """A partition that the guard dropped; *at* is epoch milliseconds."""

    partition: str
    at: int
    bytes: int
    rows: int


def level(disk: DiskSpace, lines: DiskLines, last: str) -> str:
    """Return the level for what is free, given the level until now."""
    free = disk.free_bytes
    if free < lines.refuse_below:
        return REFUSING
    was_dropping = last in (DROPPING, REFUSING)
    if free < (drop_until(lines) if was_dropping else lines.drop_below):
        return DROPPING
    if free < lines.save_below + (lines.save_below // 8 if last != NONE else 0):
        return SAVING
    return NONE


def drop_until(lines: DiskLines) -> int:
    """Return the free bytes at which dropping ends: half-way up to where saving begins."""
    return (lines.drop_below + lines.save_below) // 2


def keep_from_us(now_us: int, newest_us: int) -> int:
    """Return the time from which points are kept: a day before the newest, or before now.

    The earlier of both: neither a clock that is ahead nor a device that is may cost recent points.
    """
    return min(now_us, newest_us) - RECENT_US


def to_drop(partitions: Iterable[Partition], missing_bytes: int, keep_from: int) -> list[Partition]:
    """Return the oldest partitions that free *missing_bytes*, none with a point to keep."""
    by_name = {item.name: item for item in partitions}
    chosen: list[Partition] = []
    for name in partition.expired(by_name, keep_from):
        if sum(item.bytes for item in chosen) >= missing_bytes:
            break
        chosen.append(by_name[name])
    return chosen


def sentence(current: str, disk: DiskSpace, lines: DiskLines, is_anything_left: bool) -> str:
    """Return what the guard does and why; the remedy is the operator's."""
    used = 100 - 100 * disk.free_bytes // max(disk.total_bytes, 1)
    if current == NONE:
        return f"the disk is {used} % full"
    what = {
        SAVING: "published messages are not retained any longer",
        DROPPING: "the oldest readings are being deleted"
        if is_anything_left
        else "no readings older than a day are left to delete",
        REFUSING: "messages are refused, and devices keep them, until"
        f" {lines.refuse_below >> 20} MB are free",
    }[current]
    remedy = "add space or shorten QLINES_RETENTION_DAYS"
    return f"the disk is {used} % full, {disk.free_bytes >> 20} MB are free: {what}; {remedy}"
