"""Where the writer was when the backup began, and where a restored one has to continue; pure.

ClickHouse's dump has everything below the writer's commit, the backlog what comes after it up to
the end of the log. After a restore ClickHouse has less than the writer has committed since:

=====================================  ==========================================================
the Kafka to restore to                the writer continues
=====================================  ==========================================================
is the one that was backed up          at the commit of the backup, or at its own if that is lower
is another one, or a formatted one     at the beginning of the log: none of it is in ClickHouse
=====================================  ==========================================================

and never before the beginning of the log. The backlog is published again unless the log still has
all of it at the same offsets. A record that is read twice is harmless: points are deduplicated.
"""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from kafka import TopicPartition

from backup.errors import BackupError
from qlines.clients.kafka import Position
from qlines.clients.kafka_topic import Topic


class Stretch(NamedTuple):
    """The offsets of a partition from the writer's commit, *begin*, up to *end*, not included.

    *note* is what the writer stored with its commit.
    """

    begin: int
    end: int
    note: str


class Offsets(NamedTuple):
    """What a backup knows of the topic, and of each of its partitions."""

    topic: Topic
    partitions: Mapping[int, Stretch]


def of(topic: Topic, found: Mapping[TopicPartition, Position]) -> Offsets:
    """Return where the writer is now, which is where it would continue.

    One that never committed is at the beginning, and one whose log has lost its end is there.
    """
    stretches = {}
    for part, position in found.items():
        begin = min(max(position.first, position.committed or 0), position.end)
        stretches[part.partition] = Stretch(begin, position.end, position.note)
    return Offsets(topic, stretches)


def to_end(offsets: Offsets, ends: Mapping[int, int]) -> Offsets:
    """Return the same offsets with the ends that the backlog reaches."""
    stretches = {
        number: stretch._replace(end=max(stretch.begin, ends.get(number, 0)))
        for number, stretch in offsets.partitions.items()
    }
    return offsets._replace(partitions=stretches)


def deleted(offsets: Offsets, found: Mapping[TopicPartition, Position]) -> list[int]:
    """Return the partitions of whose stretch Kafka has deleted the beginning."""
    firsts = {part.partition: position.first for part, position in found.items()}
    return [
        number
        for number, stretch in offsets.partitions.items()
        if stretch.begin < stretch.end and firsts.get(number, stretch.end) > stretch.begin
    ]


def rewinds(
    offsets: Offsets, cluster: str, found: Mapping[TopicPartition, Position]
) -> dict[TopicPartition, int]:
    """Return the offsets to commit, of the partitions whose commit is beyond them."""
    is_same = cluster == offsets.topic.cluster
    targets = {}
    for part, position in found.items():
        dumped = offsets.partitions.get(part.partition)
        begin = dumped.begin if is_same and dumped else position.first
        target = max(begin, position.first)
        if position.committed is not None and position.committed > target:
            targets[part] = target
    return targets


def has_backlog(offsets: Offsets, cluster: str, found: Mapping[TopicPartition, Position]) -> bool:
    """Return whether the log still has the backlog at its offsets."""
    by_number = {part.partition: position for part, position in found.items()}
    return cluster == offsets.topic.cluster and all(
        stretch.begin == stretch.end
        or (
            number in by_number
            and by_number[number].first <= stretch.begin
            and stretch.end <= by_number[number].end
        )
        for number, stretch in offsets.partitions.items()
    )


def to_json(offsets: Offsets) -> str:
    """Return the offsets as they are stored."""
    document = offsets.topic._asdict() | {
        "offsets": {str(number): item._asdict() for number, item in offsets.partitions.items()}
    }
    return json.dumps(document, indent=1)


def from_json(text: str) -> Offsets:
    """Return what to_json() wrote; raise BackupError for anything else."""
    try:
        document: dict[str, Any] = json.loads(text)
        stretches = document.pop("offsets")
        return Offsets(
            Topic(**document), {int(number): Stretch(**item) for number, item in stretches.items()}
        )
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise BackupError(f"these are not Kafka's offsets of a backup: {error!r}") from error
