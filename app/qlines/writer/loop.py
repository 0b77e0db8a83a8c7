"""One turn of the writer: fetch records, show the newest values, store the points, commit.

1. Fetch records, and gather their readings. Nothing more is fetched while too much is gathered.
2. When it is time to store (``pace``), insert all that is gathered and commit the offsets.
3. Else, when it is time to show, insert the newest values of what came since into `latest`.

What is gathered is held until ClickHouse has it and Kafka knows it, so a turn that fails is
simply repeated; a kill repeats at most what was gathered, and its keys make that harmless.
"""

import logging
from collections import Counter
from collections.abc import Callable
from typing import Any

from kafka import KafkaConsumer, TopicPartition

from qlines.clients import kafka
from qlines.clock import Clock
from qlines.heartbeat import Heartbeat
from qlines.reading import Reading
from qlines.writer.counters import COUNTERS
from qlines.writer.insert import insert_what_is_taken
from qlines.writer.newest import newest_of
from qlines.writer.pace import POINTS_AN_INSERT, Pace
from qlines.writer.record import DamagedRecordError, readings_in
from qlines.writer.spread import spread

log = logging.getLogger(__name__)

FETCH_SECONDS = 1.0  # the longest wait for a record
MOST_RECORDS = 16  # of one fetch: with 500 readings each, as many as a slice takes

Insert = Callable[[list[Reading]], int]  # returns the number of points


class Gathered:
    """Readings that were fetched and are not stored yet, and where to go on once they are."""

    def __init__(self) -> None:
        self.readings: list[Reading] = []
        self.fetched = 0  # how many readings they were at first
        self.points = 0
        self.shown = 0  # how many of the readings are in `latest`
        self.offsets: dict[TopicPartition, int] = {}
        self.newest_ms = 0  # when the last of them was written to Kafka


class Writer:
    """The loop's state; turn() is called again and again."""

    def __init__(
        self,
        consumer: KafkaConsumer,
        store: Insert,
        show: Insert,
        *,
        heartbeat: Heartbeat,
        clock: Clock,
    ) -> None:
        self._consumer = consumer
        self._store = store
        self._show = show
        self._heartbeat = heartbeat
        self._clock = clock
        self._pace = Pace()
        self._gathered = Gathered()
        self._lag_ms = 0
        self.counters: Counter[str] = Counter(dict.fromkeys(COUNTERS, 0))

    def turn(self) -> bool:
        """Do the steps once; always "there may be more", since fetching rests by itself."""
        if self._gathered.points < POINTS_AN_INSERT:
            self._fetch()
        now = self._clock.monotonic()
        if not self._gathered.offsets:
            self._lag_ms = 0
        elif self._pace.is_time_to_store(now, self._gathered.points):
            self._store_all()
        elif self._pace.is_time_to_show(now):
            self._show_newest()
        self._heartbeat.beat("stores readings", counters=self.counters, lag_ms=self._lag_ms)
        return True

    def close(self) -> None:
        """Store what is gathered, so that the next start has less to do again."""
        if self._gathered.offsets:
            self._store_all()

    def _fetch(self) -> None:
        gathered = self._gathered
        seconds = FETCH_SECONDS
        if gathered.offsets:
            is_shown = gathered.shown == len(gathered.readings)
            seconds = self._pace.seconds_to_next(self._clock.monotonic(), is_shown=is_shown)
        for record in kafka.fetch(self._consumer, round(seconds * 1000), MOST_RECORDS):
            readings = self._readings_in(record)
            gathered.readings.extend(readings)
            gathered.fetched += len(readings)
            gathered.points += sum(len(reading.values) for reading in readings)
            gathered.offsets[TopicPartition(record.topic, record.partition)] = record.offset + 1
            gathered.newest_ms = max(gathered.newest_ms, record.timestamp)

    def _readings_in(self, record: Any) -> list[Reading]:
        try:
            readings = readings_in(record.value, record.headers)
        except DamagedRecordError as error:
            # It stays in Kafka for as long as the topic keeps it, at the place that this names.
            log.error(  # noqa: TRY400 - the text tells all
                "passed over record %s of partition %s: %s",
                record.offset, record.partition, error,
            )  # fmt: skip
            self.counters["damaged_records"] += 1
            return []
        self.counters["records"] += 1
        return readings

    def _store_all(self) -> None:
        gathered = self._gathered
        while gathered.readings:
            # In slices, so that memory stays bounded when a fetch brought a great deal, and each
            # is let go of as soon as it is stored.
            slice_ = _slice(gathered.readings)
            self._insert(slice_)
            del gathered.readings[: len(slice_)]
            gathered.shown = max(0, gathered.shown - len(slice_))
        kafka.commit(self._consumer, gathered.offsets)
        self._lag_ms = max(0, self._clock.now_us() // 1000 - gathered.newest_ms)
        self._gathered = Gathered()
        self._pace.note_stored(self._clock.monotonic(), gathered.fetched)

    def _insert(self, readings: list[Reading]) -> None:
        counts: Counter[str] = Counter()

        def insert_all(some: list[Reading]) -> None:
            counts["points"] += self._store(some)
            counts["inserts"] += 1

        for group in spread(readings):
            refused = insert_what_is_taken(group, insert_all)
            counts["refused_readings"] += len(refused)
            counts["readings"] += len(group) - len(refused)
        self.counters.update(counts)

    def _show_newest(self) -> None:
        gathered = self._gathered
        new = gathered.readings[gathered.shown :]
        if not new:
            return
        insert_what_is_taken(newest_of(new), self._show)
        gathered.shown = len(gathered.readings)
        self.counters["shows"] += 1
        self._pace.note_shown(self._clock.monotonic(), len(new))


def _slice(readings: list[Reading]) -> list[Reading]:
    """Return the first readings, about as many points as an insert takes."""
    points = 0
    for index, reading in enumerate(readings):
        points += len(reading.values)
        if points >= POINTS_AN_INSERT:
            return readings[: index + 1]
    return readings[:]
