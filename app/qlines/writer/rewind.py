"""Decide where the writer starts, so that it stores again what its stores may have lost; pure.

Neither Kafka nor ClickHouse syncs what it acknowledges at once. So each commit carries a note of
what was committed 90 s earlier, by which time it is on the disk: the safe offset. Reading records
again is harmless, because points are deduplicated.

==========================================  =====================================================
found at the start                          the writer starts
==========================================  =====================================================
nothing                                     at the commit
the machine rebooted                        at the safe offset, or at a commit before it
ClickHouse lost parts that are newer than   at the safe offset
the safe commit, each made by one insert
ClickHouse lost other parts                 at the oldest record that Kafka still has
Kafka's log ends before the commit          at its end: ingest publishes again what is missing
==========================================  =====================================================

A commit before the safe offset is one that ingest lowered to the end of a log that was cut
(kafka.lower_commits): what follows it was published again, and never stored.
"""

import json
from collections import deque
from typing import NamedTuple

from qlines.spool.retention import RETENTION_SECONDS
from qlines.store.part_list import Part

NOTE_EVERY_SECONDS = 5.0


class SafeCommit(NamedTuple):
    """What was committed long enough ago: the offset, and when, in seconds since 1970."""

    offset: int
    at: float


class CommitNote(NamedTuple):
    """What is stored with each commit."""

    boot_id: str
    safe: SafeCommit

    def to_text(self) -> str:
        """Return the note as Kafka stores it."""
        return json.dumps([self.boot_id, *self.safe])


def parse(text: str | None) -> CommitNote | None:
    """Return the note that to_text() wrote; None for a commit of an older program."""
    try:
        boot_id, offset, at = json.loads(text or "")
    except (ValueError, TypeError):
        return None
    return CommitNote(boot_id, SafeCommit(int(offset), float(at)))


class CommitHistory:
    """Which commit is safe by now; *now* is monotonic, since the wall clock may jump."""

    def __init__(self, safe: SafeCommit) -> None:
        self.safe = safe
        self._recent: deque[tuple[float, SafeCommit]] = deque()

    def add(self, commit: SafeCommit, now: float) -> None:
        """Note a commit that is made now, and advance the safe one."""
        if not self._recent or now - self._recent[-1][0] >= NOTE_EVERY_SECONDS:
            self._recent.append((now, commit))
        while self._recent and now - self._recent[0][0] >= RETENTION_SECONDS:
            self.safe = self._recent.popleft()[1]


class Start(NamedTuple):
    """Where to start, and why it is not the commit; an empty *reason* when it is."""

    offset: int
    reason: str = ""


def start(
    committed: int,
    note: CommitNote | None,
    *,
    boot_id: str,
    first: int,
    end: int,
    lost: list[Part],
    rebooted: str = "the machine rebooted",
) -> Start:
    """Return where to start; *first* and *end* are the offsets that Kafka has.

    *rebooted* says what it means that the commit has another *boot_id*.
    """
    safe = note.safe if note else SafeCommit(first, 0.0)
    if any(part.level or part.modified < safe.at for part in lost):
        return Start(first, "ClickHouse lost parts: reading all that Kafka has again")
    offset, reason = committed, ""
    if lost or (note and note.boot_id != boot_id):
        cause = "ClickHouse lost new parts" if lost else rebooted
        offset, reason = min(committed, safe.offset), f"{cause}: reading the last records again"
    if offset > end:
        offset, reason = end, "Kafka lost the end of its log: continuing there"
    return Start(max(offset, first), reason)
