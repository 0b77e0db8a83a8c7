"""One iteration of the writer: fetch records, insert what is due, commit the offsets.

1. Fetch records into the buffer, unless it is full.
2. When the buffer is due, insert all its readings into `points` and commit their offsets.
3. Otherwise, when `latest` is due, insert the latest values ahead of their points.

The buffer is cleared only after ClickHouse has the rows and Kafka the offsets, so an iteration
that failed is simply repeated. A killed writer replays at most one buffer, and inserts are
idempotent: the key of a point is device, key and time.
"""

import logging
from collections import Counter
from collections.abc import Callable

from kafka import KafkaConsumer, TopicPartition

from qlines.clients import kafka
from qlines.clock import Clock
from qlines.heartbeat import Beats
from qlines.reading import Reading
from qlines.telemetry_record import InvalidRecordError, decode
from qlines.writer.buffer import Buffer
from qlines.writer.counters import COUNTERS
from qlines.writer.insert import insert_bisecting
from qlines.writer.latest import latest_of, seen_of
from qlines.writer.split_by_partition import split_by_partition

log = logging.getLogger(__name__)

MAX_FETCH_SECONDS = 1.0
MAX_RECORDS_PER_FETCH = 16  # bounds memory: 500 readings each

Insert = Callable[[list[Reading]], int]  # returns the number of points
Commit = Callable[[KafkaConsumer, dict[TopicPartition, int]], None]


class Writer:
    """The state of the loop; the caller repeats run_once()."""

    def __init__(
        self,
        consumer: KafkaConsumer,
        commit: Commit,
        insert_points: Insert,
        insert_latest: Insert,
        *,
        buffer: Buffer,
        heartbeat: Beats,
        clock: Clock,
        counters: Counter[str] | None = None,
    ) -> None:
        self._consumer = consumer
        self._commit = commit
        self._insert_points = insert_points
        self._insert_latest = insert_latest
        self._buffer = buffer
        self._heartbeat = heartbeat
        self._clock = clock
        self.lag_ms = 0
        zeros = Counter(dict.fromkeys(COUNTERS, 0))
        self.counters: Counter[str] = zeros if counters is None else counters

    def run_once(self) -> bool:
        """Run one iteration; always return True, because fetching waits by itself.

        Raise StoreUnavailableError when Kafka or ClickHouse does not answer; nothing is lost then.
        """
        if not self._buffer.is_full:
            self._fetch()
        now = self._clock.monotonic()
        if self._buffer.is_empty:
            self.lag_ms = 0
        elif self._buffer.is_due(now):
            self._flush()
        elif self._buffer.is_latest_due(now):
            self._flush_latest()
        self._heartbeat.beat("storing readings", counters=self.counters, lag_ms=self.lag_ms)
        return True

    def close(self) -> None:
        """Flush the buffer, so that the next start replays less.

        Raise StoreUnavailableError when that is not possible now.
        """
        if not self._buffer.is_empty:
            self._flush()

    def _fetch(self) -> None:
        seconds = MAX_FETCH_SECONDS
        if not self._buffer.is_empty:
            seconds = self._buffer.seconds_to_next(self._clock.monotonic())
        for record in kafka.fetch(self._consumer, round(seconds * 1000), MAX_RECORDS_PER_FETCH):
            readings = self._decode(record)
            self._buffer.add(readings, record.partition, record.offset, record.written_ms)

    def _decode(self, record: kafka.Record) -> list[Reading]:
        try:
            readings = decode(record.value, record.headers)
        except InvalidRecordError as error:
            # An operator can still read it in Kafka, at this place, while the topic retains it.
            log.error(  # noqa: TRY400 - the text has the cause
                "skipped record %s of partition %s: %s",
                record.offset, record.partition.partition, error,
            )  # fmt: skip
            self.counters["invalid_records"] += 1
            return []
        self.counters["records"] += 1
        return readings

    def _flush(self) -> None:
        for readings in self._buffer.slices():
            self._insert(readings)
        # ClickHouse fills `latest` from the points, and does not know when they came.
        insert_bisecting(seen_of(self._buffer.arrivals_ms()), self._insert_latest)
        self._commit(self._consumer, self._buffer.next_offsets)
        self.lag_ms = max(0, self._clock.now_us() // 1000 - self._buffer.written_ms)
        self._buffer.clear(self._clock.monotonic())

    def _insert(self, readings: list[Reading]) -> None:
        counts: Counter[str] = Counter()

        def insert_all(some: list[Reading]) -> None:
            counts["points"] += self._insert_points(some)
            counts["inserts"] += 1

        for group in split_by_partition(readings):
            refused = insert_bisecting(group, insert_all)
            counts["refused_readings"] += len(refused)
            counts["readings"] += len(group) - len(refused)
        self.counters.update(counts)

    def _flush_latest(self) -> None:
        readings = self._buffer.not_in_latest()
        if not readings:
            return
        newest = [*latest_of(readings), *seen_of(self._buffer.arrivals_ms())]
        insert_bisecting(newest, self._insert_latest)
        self.counters["latest_inserts"] += 1
        self._buffer.note_latest(self._clock.monotonic())
