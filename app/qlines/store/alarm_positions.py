"""How far the evaluator of alarm rules has read Kafka's logs: the collection ``alarm_positions``.

A position means something in the log that it belongs to and in no other, so it carries the log's
id: after a restore, or when a broker lost its disk, the offsets are those of other records.
"""

from collections.abc import Iterable
from typing import NamedTuple

from pymongo import ReplaceOne

from qlines.clients.mongodb import Document, Documents, raising_unavailable


class LogPosition(NamedTuple):
    """The next record of a partition that is to be evaluated.

    *side* is that of the twin whose Kafka has the log, empty without twins; *log* is the log's id,
    *epoch* the leader epoch, which grows with each restart of its broker; *written_ms* is when the
    last record before it was written, epoch milliseconds, *at_us* when the position was stored.
    *seen_since_us* and *seen_us* are from when until when the evaluator saw what devices send,
    without a longer gap; 0 where that is not known.
    """

    side: str
    partition: int
    offset: int
    log: str
    epoch: int
    written_ms: int
    at_us: int
    seen_since_us: int = 0
    seen_us: int = 0

    @property
    def id(self) -> str:
        """Return the id of its document."""
        return f"{self.side}/{self.partition}"


@raising_unavailable()
def load(db: Documents) -> list[LogPosition]:
    """Return every stored position."""
    return [_position(one) for one in db.alarm_positions.find()]


def seen(positions: Iterable[LogPosition]) -> tuple[int, int]:
    """Return seen_since_us and seen_us of the latest, 0 for unknown; pure."""
    latest = max(positions, key=lambda one: one.seen_us, default=None)
    return (latest.seen_since_us, latest.seen_us) if latest else (0, 0)


def writes(positions: Iterable[LogPosition]) -> list[ReplaceOne[Document]]:
    """Return what stores these positions; pure."""
    return [
        ReplaceOne({"_id": one.id}, {"_id": one.id, **one._asdict()}, upsert=True)
        for one in positions
    ]


def _position(document: Document) -> LogPosition:
    return LogPosition(**{field: document[field] for field in LogPosition._fields})
