"""Read the records of one Kafka for those who watch: nothing while nobody does.

A newly watched device makes it seek back a little: the web app answered "watched" a moment ago, and
what came since then must not be missed. The records that were read before are filtered for the
newcomers only, so no browser gets a reading twice.

With several nodes each reads its share. A node that gets partitions of one that was lost reads what
came since that one's last breath: a browser may get some of it a second time.
"""

import logging

from kafka import KafkaConsumer, TopicPartition

from qlines.clients import kafka
from qlines.clients.kafka_consumers import SESSION_SECONDS, AssignmentChangedError
from qlines.clock import Clock
from qlines.live.filter_watched import filter_watched
from qlines.reading import Reading
from qlines.telemetry_record import InvalidRecordError

log = logging.getLogger(__name__)

MAX_RECORDS_PER_FETCH = 64
# Longer than a new watcher may go unnoticed: READ_EVERY_SECONDS of watched.py and MAX_FETCH_SECONDS
# of loop.py together.
SEEK_BACK_MS = 2_000
# What the node that had the partitions may not have published; a second for the rebalance.
SEEK_BACK_AFTER_CHANGE_MS = 1000 * (SESSION_SECONDS + 1)


class WatchedRecords:
    """A consumer's place in its log, and for which devices what is before it was read."""

    def __init__(self, consumer: KafkaConsumer, clock: Clock) -> None:
        self._consumer = consumer
        self._clock = clock
        self._known: frozenset[str] = frozenset()  # the devices watched at the last call
        self._next_offsets: dict[TopicPartition, int] = {}  # of records that were never read
        # The devices that still get the records before the partition's next offset.
        self._newcomers: dict[TopicPartition, frozenset[str]] = {}
        self._has_changed = False
        self.invalid_records = 0

    def read(self, devices: frozenset[str], timeout_ms: int) -> list[Reading]:
        """Return the next readings of *devices*; nothing after *timeout_ms*, or without devices.

        Raise StoreUnavailableError when Kafka does not answer.
        """
        self._seek_back_for_newcomers(devices)
        if not devices:
            self._stay()
            return []
        return [
            reading
            for record in self._fetch(timeout_ms)
            for reading in self._filter(record, devices)
        ]

    def _stay(self) -> None:
        """Remain in the group while nobody watches: for the next watcher it seeks back."""
        try:
            kafka.stay(self._consumer)
        except AssignmentChangedError as change:
            log.info("%s", change)

    def _fetch(self, timeout_ms: int) -> list[kafka.Record]:
        if self._has_changed:
            kafka.seek_to_time(self._consumer, self._ago_ms(SEEK_BACK_AFTER_CHANGE_MS))
            self._has_changed = False
        try:
            return kafka.fetch(self._consumer, timeout_ms, MAX_RECORDS_PER_FETCH)
        except AssignmentChangedError as change:
            log.info("%s", change)
            self._has_changed = True
            return []

    def _ago_ms(self, time_ms: int) -> int:
        return self._clock.now_us() // 1000 - time_ms

    def _seek_back_for_newcomers(self, devices: frozenset[str]) -> None:
        newcomers = devices - self._known
        if newcomers:
            kafka.seek_to_time(self._consumer, self._ago_ms(SEEK_BACK_MS))
            for partition in self._next_offsets:
                self._newcomers[partition] = self._newcomers.get(partition, frozenset()) | newcomers
        self._known = devices

    def _filter(self, record: kafka.Record, devices: frozenset[str]) -> list[Reading]:
        concerned = self._devices_for(record.partition, record.offset, devices)
        if not concerned:
            return []
        try:
            return filter_watched(record.value, record.headers, concerned)
        except InvalidRecordError:
            self.invalid_records += 1  # the writer logs which
            return []

    def _devices_for(
        self, partition: TopicPartition, offset: int, devices: frozenset[str]
    ) -> frozenset[str]:
        if offset < self._next_offsets.get(partition, 0):
            return self._newcomers.get(partition, frozenset()) & devices
        self._next_offsets[partition] = offset + 1
        self._newcomers.pop(partition, None)
        return devices
