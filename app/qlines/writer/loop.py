"""One turn of the writer: fetch records, insert their readings, then commit the offsets.

At once when it is quiet, in large batches when it is not: while one insert runs the next records
gather in Kafka. What was fetched is held until ClickHouse has it and Kafka knows it, so a turn
that fails is simply repeated; a kill repeats at most one batch, whose keys make it harmless.
"""

import logging
from collections import Counter
from collections.abc import Callable
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from qlines.alive import Alive
from qlines.clients import kafka
from qlines.clock import Clock
from qlines.reading import Reading
from qlines.writer.counters import COUNTERS
from qlines.writer.insert import insert_what_is_taken
from qlines.writer.record import DamagedRecordError, readings_in
from qlines.writer.spread import spread

log = logging.getLogger(__name__)

FETCH_SECONDS = 1.0  # the longest wait for a record
MOST_RECORDS = 128  # of one turn
POINTS_AN_INSERT = 60_000
# Between two small inserts: each makes a part that ClickHouse has to merge.
PACE_SECONDS = 0.04


class Writer:
    """The loop's state; turn() is called again and again."""

    def __init__(
        self,
        consumer: KafkaConsumer,
        insert: Callable[[list[Reading]], int],
        *,
        alive: Alive,
        clock: Clock,
    ) -> None:
        self._consumer = consumer
        self._insert = insert
        self._alive = alive
        self._clock = clock
        self._held: list[Any] = []
        self._is_stored = False
        self.counters: Counter[str] = Counter(dict.fromkeys(COUNTERS, 0))

    def turn(self) -> bool:
        """Do the steps once; always "there may be more", since fetching rests by itself."""
        if not self._held:
            self._held = kafka.fetch(self._consumer, round(FETCH_SECONDS * 1000), MOST_RECORDS)
            self._is_stored = False
        if not self._held:
            self._sign(lag_ms=0)
            return True
        started = self._clock.monotonic()
        points = self._store()
        kafka.commit(self._consumer, offsets_after(self._held))
        newest_ms = max(record.timestamp for record in self._held)
        self._held = []
        self._sign(lag_ms=max(0, self._clock.now_us() // 1000 - newest_ms))
        if points < POINTS_AN_INSERT:
            self._clock.sleep(max(0.0, started + PACE_SECONDS - self._clock.monotonic()))
        return True

    def _store(self) -> int:
        """Insert what the held records hold, once; return how many points they were."""
        if self._is_stored:
            return 0
        counts: Counter[str] = Counter()
        gathered: list[Reading] = []
        points = 0
        for record in self._held:
            readings = self._readings_in(record, counts)
            gathered.extend(readings)
            points += sum(len(reading.values) for reading in readings)
            if points >= POINTS_AN_INSERT:
                self._insert_gathered(gathered, counts)
                gathered, points = [], 0
        self._insert_gathered(gathered, counts)
        self._is_stored = True
        self.counters.update(counts)
        return counts["points"]

    def _readings_in(self, record: Any, counts: Counter[str]) -> list[Reading]:
        try:
            readings = readings_in(record.value, record.headers)
        except DamagedRecordError as error:
            # It stays in Kafka for as long as the topic keeps it, at the place that this names.
            log.error(  # noqa: TRY400 - the text tells all
                "passed over record %s of partition %s: %s",
                record.offset, record.partition, error,
            )  # fmt: skip
            counts["damaged_records"] += 1
            return []
        counts["records"] += 1
        return readings

    def _insert_gathered(self, readings: list[Reading], counts: Counter[str]) -> None:
        def insert_all(some: list[Reading]) -> None:
            counts["points"] += self._insert(some)
            counts["inserts"] += 1

        for group in spread(readings):
            refused = insert_what_is_taken(group, insert_all)
            counts["refused_readings"] += len(refused)
            counts["readings"] += len(group) - len(refused)

    def _sign(self, lag_ms: int) -> None:
        self._alive.turned("stores readings", counters=self.counters, lag_ms=lag_ms)


def offsets_after(records: list[Any]) -> dict[TopicPartition, int]:
    """Return where to go on in each partition once *records*, in their order, are stored."""
    return {TopicPartition(record.topic, record.partition): record.offset + 1 for record in records}
