"""Notice that Kafka lost records which it had acknowledged, and publish the spool's again.

Kafka syncs its log once a second, so a power cut can cut off its end. The spool retains what was
published for 90 s. The file holds the end of each partition's log behind the last acknowledged
record, as a JSON object; when Kafka's log ends before that at the start of ingest, records are
gone. Not synced, because a reboot of the machine replays the spool anyway. The writer's commit
shows the same where the file is missing or corrupt.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from kafka import KafkaConsumer, TopicPartition

from appliance.shared.files import write_atomically
from qlines.clients import kafka
from qlines.spool import retention

FILE = "published.json"


def shrunk(recorded: Mapping[int, int], ends: Mapping[int, int]) -> bool:
    """Return whether a partition's log ends before what was recorded; pure."""
    return any(ends.get(partition, 0) < end for partition, end in recorded.items())


def highest(some: Mapping[int, int], others: Mapping[int, int]) -> dict[int, int]:
    """Return each partition's higher end; pure."""
    return {part: max(some.get(part, 0), others.get(part, 0)) for part in {**some, **others}}


def read(spool: Path) -> dict[int, int]:
    """Return what was recorded last; nothing without a file, or with a corrupt one."""
    try:
        recorded = json.loads((spool / FILE).read_bytes())
        return {int(partition): int(end) for partition, end in recorded.items()}
    except (FileNotFoundError, ValueError, TypeError, AttributeError):
        return {}


def replay_if_shrunk(
    consumer: KafkaConsumer, spool: Path, folders: Iterable[Path], note: Callable[[str], None]
) -> None:
    """Rewind the cursors of *folders* when Kafka lost records; call it before reading them.

    *consumer* is one of the writer's group, whose commits are lowered (kafka.lower_commits), after
    the cursors: a lowered commit no longer tells that anything is lost. Safe to repeat. Raise
    StoreUnavailableError when Kafka does not answer.
    """
    commits = {part.partition: one.committed or 0 for part, one in _positions(consumer)}
    known = highest(read(spool), commits)
    # The ends are read after the commits: in between, other nodes publish and commit.
    if not shrunk(known, {part.partition: one.end for part, one in _positions(consumer)}):
        return
    for folder in folders:
        retention.rewind(folder, "Kafka lost the end of its log")
    note("Kafka lost the end of its log: what the spool retains was published again")
    try:
        kafka.lower_commits(consumer)
    except kafka.GroupHasMembersError:
        return  # its members may not have noticed yet: the next start looks again
    (spool / FILE).unlink(missing_ok=True)


def _positions(consumer: KafkaConsumer) -> Iterable[tuple[TopicPartition, kafka.Position]]:
    return kafka.positions(consumer).items()


class PublishedFile:
    """Records the ends of the log, the highest of each partition; save() writes only changes."""

    def __init__(self, spool: Path) -> None:
        self._path = spool / FILE
        self._saved = read(spool)

    def save(self, ends: Mapping[int, int]) -> None:
        """Record *ends*, of some partitions; call it before the cursors are committed."""
        known = highest(self._saved, ends)
        if known != self._saved:
            write_atomically(self._path, json.dumps(known))
            self._saved = known
