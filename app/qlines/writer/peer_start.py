"""Decide where the writer starts in the twin's Kafka, and whether that is enough; pure.

The twin's Kafka is the log of another machine. It deletes what this side has not read yet, and may
be restarted, cut by a power cut or replaced while this side runs; and this side may come back with
an older disk. Commits are in the twin's Kafka, so they live and die with the log that they are
about. The *mark* is the same number beside ClickHouse's data, so it lives and dies with the data;
it follows the commits within seconds.

=============================================  ============================  =====================
found at the start                             the writer starts             is something missing?
=============================================  ============================  =====================
no commit: a new pairing, or a new log there   at the oldest record          the past
no mark, or one before the safe offset: this   at the mark, or at the        what was read since
ClickHouse is older than the commit            oldest record
nothing                                        at the mark                   no
the broker there or this machine restarted     at the safe offset            no
ClickHouse lost parts                          as in rewind.py               what they held
where it would start is deleted there          at the oldest record          what was deleted
the log there ends before: an older disk       at its end                    what was published
                                                                             there since
=============================================  ============================  =====================

What is missing is fetched from the twin's ClickHouse (catch_up_record). A restart of the broker may
have cut its log, and what was cut is published again at other offsets, so the commit says nothing.
The safe offset was committed 90 s before the commit (rewind.py), and on the broker's disk by then.
"""

from typing import NamedTuple

from qlines.clients.kafka import Position
from qlines.store.part_list import Part
from qlines.writer.rewind import SafeCommit, parse, start

RESTARTED = "the twin's Kafka or this machine was restarted"


class PeerStart(NamedTuple):
    """Where to start, and what is safe from there on.

    *reason* says why not at the mark, *missing* what the log does not have; empty for "nothing".
    """

    offset: int
    safe: SafeCommit
    reason: str = ""
    missing: str = ""


def peer_start(found: Position, mark: int | None, *, log_id: str, lost: list[Part]) -> PeerStart:
    """Return where to start; *log_id* names this machine's boot and the log's epoch."""
    if found.committed is None:
        missing = "this side has read nothing from its twin's Kafka yet"
        return PeerStart(found.first, SafeCommit(found.first, 0.0), missing=missing)
    note = parse(found.note)
    safe = note.safe if note else SafeCommit(found.first, 0.0)
    if mark is None or mark < safe.offset:
        offset = min(max(mark or 0, found.first), found.end)
        why = "ClickHouse is older than what was read from the twin's Kafka"
        return PeerStart(offset, SafeCommit(offset, 0.0), why, why)
    stored = min(found.committed, mark)
    begin = start(
        stored, note, boot_id=log_id, first=found.first, end=found.end, lost=lost,
        rebooted=RESTARTED,
    )  # fmt: skip
    wanted = min(stored, safe.offset) if begin.reason else stored
    missing = ""
    if lost:  # no log has what was fetched from the twin's ClickHouse
        missing = "ClickHouse lost parts"
    elif wanted < found.first:
        gone = found.first - wanted
        missing = f"the twin's Kafka no longer has {gone} records that this side has not stored"
    elif wanted > found.end:  # offsets that were read once now belong to other records
        missing = "the log of the twin's Kafka is older than what was read from it"
    safe = safe._replace(offset=min(safe.offset, begin.offset))
    return PeerStart(begin.offset, safe, begin.reason, missing)
