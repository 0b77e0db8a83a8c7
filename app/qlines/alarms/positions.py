"""Decide where to start in a partition of a log, and what is missing then; pure.

==================================================  ==========================  ===================
found                                               starts                      is missing
==================================================  ==========================  ===================
nothing is stored of any log: no rule was enabled   where the rules began       –
another log, or of this partition nothing           at the oldest record        what was deleted
the broker was restarted: its log may have been     at the position, or where   –
cut, and published again at other offsets           the last 90 s began
the log ends before: an older disk                  at its end                  what it has lost
the log begins later: it deleted what was unread    at the oldest record        what was deleted
otherwise                                           at the position             –
==================================================  ==========================  ===================

Readings that are evaluated again within the lateness change nothing, so starting a little earlier
is harmless.
"""

from collections.abc import Iterable
from typing import NamedTuple

from qlines.store.alarm_positions import LogPosition

SAFE_MS = 90_000  # what is older is on the disk of a broker that was killed (writer/rewind.py)


class Found(NamedTuple):
    """A partition as its broker describes it: the log's id and epoch, first and next offset."""

    log: str
    epoch: int
    partition: int
    first: int
    end: int


class Start(NamedTuple):
    """Start at *offset*, or earlier at the first record written at *not_after_ms*.

    Without an *offset* at that record alone. *missing* says what no log has; empty for nothing.
    *is_next*: what is there was never read; otherwise some of it may have been.
    """

    offset: int | None
    not_after_ms: int | None = None
    missing: str = ""
    is_next: bool = False


def start_of(found: Found, stored: Iterable[LogPosition], *, side: str, began_ms: int) -> Start:
    """Return where to start; *began_ms* is when the oldest rule began, for the very first time."""
    known = list(stored)
    if not known:
        return Start(None, began_ms)
    same = [one for one in known if (one.log, one.partition) == (found.log, found.partition)]
    if not same:
        return Start(found.first, missing=_of_another_log(found, known, side))
    # A log that became that of a side, or of none again, has one of before too.
    position = max(same, key=lambda one: one.at_us)
    if position.offset > found.end:
        return Start(found.end, missing=f"the log ends {position.offset - found.end} records before"
                     " what was evaluated")  # fmt: skip
    if position.offset < found.first:
        return Start(found.first, missing=f"{found.first - position.offset} records were deleted"
                     " before they were evaluated")  # fmt: skip
    if position.epoch != found.epoch:
        return Start(position.offset, position.written_ms - SAFE_MS)
    return Start(position.offset, is_next=True)


def _of_another_log(found: Found, known: Iterable[LogPosition], side: str) -> str:
    if any((one.side, one.partition) == (side, found.partition) for one in known):
        return "the log was replaced: what only the old one had was not evaluated"
    if found.first > 0:
        return f"{found.first} records were deleted before anybody evaluated them"
    return ""
