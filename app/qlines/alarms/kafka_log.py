"""Read one Kafka's log of readings from stored positions on, all partitions of it."""

import logging
from collections.abc import Callable, Container, Iterator, Sequence
from typing import NamedTuple

from kafka import KafkaConsumer, TopicPartition

from qlines.alarms.positions import Found, start_of
from qlines.clients import kafka
from qlines.clock import Clock
from qlines.errors import StoreUnavailableError
from qlines.reading import Reading
from qlines.store.alarm_positions import LogPosition
from qlines.telemetry_record import InvalidRecordError, decode

log = logging.getLogger(__name__)

MAX_RECORDS_PER_FETCH = 16  # bounds memory: 500 readings each
ASK_EVERY_SECONDS = 1.0
LEVEL_MS = 1_000  # a log that is so near to its end is read
# Of what was read already: a fetch, and how long nothing may come although there is more.
AGAIN_MS, AGAIN_SECONDS = 100, 5.0


class Fetched(NamedTuple):
    """The readings of one record, of the devices that were asked for, and what is after it.

    *is_again*: they may have been read before. They are for *only* these rules and devices, by
    default for all.
    """

    position: LogPosition
    readings: list[Reading]
    is_again: bool = False
    only: Container[str] | None = None


class KafkaLog:
    """The log of the side's Kafka; *side* is empty without twins.

    Its methods raise StoreUnavailableError when Kafka does not answer; read() also
    PositionLostError and AssignmentChangedError, after which begin() finds the place again.
    """

    def __init__(self, connect: Callable[[], KafkaConsumer], side: str, clock: Clock) -> None:
        self._connect = connect
        self._side = side
        self._clock = clock
        self._consumer: KafkaConsumer | None = None
        self._positions: dict[TopicPartition, LogPosition] = {}
        self._again_until: dict[TopicPartition, int] = {}
        self._ends_then: dict[TopicPartition, int] = {}  # at begin()
        self._waiting: set[TopicPartition] = set()  # have records, and none was read since begin()
        self._asked_at = float("-inf")
        self.invalid_records = 0
        self.lag_ms: int | None = None

    @property
    def positions(self) -> list[LogPosition]:
        """Return what is to be read next of each partition."""
        return list(self._positions.values())

    @property
    def is_level(self) -> bool:
        """Return whether all that was there at begin() has been read, and then nearly all."""
        if self.lag_ms is None or self.lag_ms > LEVEL_MS:
            return False
        return all(self._positions[part].offset >= end for part, end in self._ends_then.items())

    def connect(self) -> KafkaConsumer:
        """Connect unless there is a connection."""
        self._consumer = self._consumer or self._connect()
        return self._consumer

    def begin(self, stored: Sequence[LogPosition], began_ms: int) -> list[str]:
        """Seek to where the evaluation continues; return what is missing, a sentence each."""
        consumer = self.connect()
        ends, firsts, epochs = kafka.ends(consumer), kafka.firsts(consumer), kafka.epochs(consumer)
        log_id = kafka.log_id(consumer)
        starts = {
            part: start_of(
                Found(log_id, epochs[part], part.partition, firsts[part], end),
                stored,
                side=self._side,
                began_ms=began_ms,
            )
            for part, end in ends.items()
        }
        wanted = {part: one.not_after_ms for part, one in starts.items()}
        by_time = kafka.offsets_at(
            consumer, {part: ms for part, ms in wanted.items() if ms is not None}
        )
        offsets = {}
        for part, start in starts.items():
            found = by_time.get(part)
            candidates = [one for one in (start.offset, found) if one is not None]
            offsets[part] = min(candidates, default=ends[part])
        kafka.seek(consumer, offsets)
        self._again_until = {part: ends[part] for part, one in starts.items() if not one.is_next}
        self._ends_then = ends
        self._waiting = {part for part, offset in offsets.items() if offset < ends[part]}
        now_us = self._clock.now_us()
        self._positions = {
            part: LogPosition(
                self._side, part.partition, offset, log_id, epochs[part], now_us // 1000, now_us
            )
            for part, offset in offsets.items()
        }
        self._asked_at, self.lag_ms = float("-inf"), None
        return [f"partition {part.partition}: {one.missing}"
                for part, one in starts.items() if one.missing]  # fmt: skip

    def read(self, devices: Container[str], timeout_ms: int) -> list[Fetched]:
        """Return what the next records have of *devices*; nothing after *timeout_ms*."""
        if self._consumer is None:
            return []
        records = kafka.fetch(self._consumer, timeout_ms, MAX_RECORDS_PER_FETCH)
        fetched = [self._fetched(record, devices) for record in records]
        self._ask(self._consumer)
        return fetched

    def again(self, since_ms: int, devices: Container[str]) -> Iterator[Fetched]:
        """Yield what was written since then and read() has returned already, of *devices*.

        Each has the position of what read() has returned last, and its own time.
        """
        consumer, ends = self.connect(), {p: one.offset for p, one in self._positions.items()}
        found = kafka.offsets_at(consumer, dict.fromkeys(ends, since_ms))
        left = {p: offset for p, offset in found.items() if offset is not None and offset < ends[p]}
        kafka.seek(consumer, left)
        until = self._clock.monotonic() + AGAIN_SECONDS
        while left:
            for record in kafka.fetch(consumer, AGAIN_MS, MAX_RECORDS_PER_FETCH):
                until = self._clock.monotonic() + AGAIN_SECONDS
                if record.offset < ends[record.partition]:
                    reached = self._positions[record.partition]
                    position = reached._replace(written_ms=record.written_ms)
                    yield Fetched(position, self._decoded(record, devices), is_again=True)
                if record.offset + 1 >= ends[record.partition]:
                    left.pop(record.partition, None)
            if left and self._clock.monotonic() > until:
                raise StoreUnavailableError("kafka", TimeoutError("its log is not read again"))
        kafka.seek(consumer, ends)

    def close(self) -> None:
        """Give the connection up; begin() connects again."""
        consumer, self._consumer = self._consumer, None
        self._positions, self._ends_then, self.lag_ms = {}, {}, None
        if consumer is not None:
            try:
                consumer.close(autocommit=False)
            except Exception:  # noqa: BLE001 - it is given up in any case
                log.warning("a connection to Kafka did not close")

    def _fetched(self, record: kafka.Record, devices: Container[str]) -> Fetched:
        position = self._positions[record.partition]._replace(
            offset=record.offset + 1, written_ms=record.written_ms, at_us=self._clock.now_us()
        )
        self._positions[record.partition] = position
        self._waiting.discard(record.partition)
        is_again = record.offset < self._again_until.get(record.partition, 0)
        return Fetched(position, self._decoded(record, devices), is_again)

    def _decoded(self, record: kafka.Record, devices: Container[str]) -> list[Reading]:
        try:
            return decode(record.value, record.headers, devices)
        except InvalidRecordError:
            self.invalid_records += 1  # the writer logs which
            return []

    def _ask(self, consumer: KafkaConsumer) -> None:
        """Ask how far the log is: a fetch from a Kafka that is away returns nothing, as any may.

        Nobody knows how old a record is of which nothing has come yet.
        """
        now = self._clock.monotonic()
        if now - self._asked_at < ASK_EVERY_SECONDS:
            return
        ends = kafka.ends(consumer)
        now_ms = self._clock.now_us() // 1000
        late = [
            max(0, now_ms - self._positions[part].written_ms)
            for part, end in ends.items()
            if part in self._positions and self._positions[part].offset < end
        ]
        self.lag_ms = None if self._waiting else max(late, default=0)
        self._asked_at = now
