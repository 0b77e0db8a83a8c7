"""Bring what the source's Kafka has received since the copy began into the target's ClickHouse.

It is the writer's own loop on another consumer, which commits nothing in the source: how far it is
stands in the record of the move. A kill repeats some records, and points that come twice are stored
once.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from qlines.clients import clickhouse, kafka
from qlines.clients.kafka_consumers import AssignmentChangedError
from qlines.clock import Clock
from qlines.moving.progress import MoveProgress
from qlines.settings import Settings
from qlines.store import readings
from qlines.telemetry_record import TOPIC, WRITER_GROUP
from qlines.writer.buffer import Buffer
from qlines.writer.insert import insert
from qlines.writer.loop import Writer

MAX_FETCH_BYTES = 1024 * 1024  # as the writer
MAX_POINTS = 20_000
FLUSH_EVERY_SECONDS = 0.25


def committed(source: Settings) -> dict[str, int]:
    """Return up to where the source's ClickHouse has its Kafka, by partition.

    Raise StoreUnavailableError when Kafka does not answer; so do all functions here.
    """
    consumer = kafka.consumer(source.kafka_address, TOPIC, WRITER_GROUP)
    try:
        return {
            str(part.partition): one.first if one.committed is None else one.committed
            for part, one in kafka.positions(consumer).items()
        }
    finally:
        consumer.close()


def has_stored_all(source: Settings) -> bool:
    """Return whether the source's ClickHouse has everything that its Kafka has."""
    consumer = kafka.consumer(source.kafka_address, TOPIC, WRITER_GROUP)
    try:
        return kafka.lag(consumer) == 0
    finally:
        consumer.close()


class _NoBeats:
    """The writer's loop reports to nobody: the record says how far the move is."""

    def beat(self, sentence: str, **_fields: Any) -> None:
        """Do nothing."""


class ReadingsFollow:
    """Repeat run_once(); it raises PositionLostError when Kafka has deleted what comes next."""

    def __init__(
        self, source: Settings, target: Settings, progress: MoveProgress, clock: Clock
    ) -> None:
        self._source = source
        self._pool = clickhouse.Pool(target.clickhouse, 1, target.clickhouse_insert_settings)
        self._progress = progress
        self._clock = clock
        self._open()

    def run_once(self) -> int:
        """Fetch and insert what is there; return how many records are left, 0 with all stored."""
        try:
            self._writer.run_once()
        except AssignmentChangedError:  # partitions were added
            self._close()
            self._open()
        return kafka.behind(self._consumer) + (not self._buffer.is_empty)

    def close(self) -> None:
        """End, with what was fetched and not stored left to the next run."""
        self._close()
        self._pool.close()

    def _close(self) -> None:
        self._consumer.close()

    def _open(self) -> None:
        self._consumer = kafka.consumer(
            self._source.kafka_address, TOPIC, None,
            auto_offset_reset="none", max_partition_fetch_bytes=MAX_FETCH_BYTES,
            fetch_max_wait_ms=100,
        )  # fmt: skip
        kafka.seek(self._consumer, starts(self._progress.record.offsets, self._consumer))
        self._buffer = Buffer(
            max_points=MAX_POINTS, max_seconds=FLUSH_EVERY_SECONDS, has_latest=False
        )
        self._writer = Writer(
            self._consumer,
            self._note,
            partial(insert, self._pool, readings.insert),
            partial(insert, self._pool, readings.insert_latest),
            buffer=self._buffer,
            heartbeat=_NoBeats(),
            clock=self._clock,
        )

    def _note(self, _consumer: KafkaConsumer, offsets: dict[TopicPartition, int]) -> None:
        known = dict(self._progress.record.offsets)
        known |= {str(part.partition): offset for part, offset in offsets.items()}
        self._progress.note(offsets=known)


def starts(offsets: Mapping[str, int], consumer: KafkaConsumer) -> dict[TopicPartition, int]:
    """Return where to read each partition; one that was added since is read from its beginning."""
    return {part: offsets.get(str(part.partition), 0) for part in consumer.assignment()}
