"""One iteration of live: read who is watched, fetch their readings, publish to their browsers.

While no device is watched, nothing is fetched. A newly watched device makes live seek back a
little: the web app answered "watched" a moment ago, and what came since then must not be missed.
The records that were read before are filtered for the newcomers only, so no browser gets a reading
twice. What arrives during an outage is not replayed: the page loads the history by itself.
"""

import logging
from collections import Counter

from kafka import KafkaConsumer, TopicPartition

from qlines.clients import kafka
from qlines.clock import Clock
from qlines.heartbeat import Heartbeat
from qlines.live.coalesce import Coalescer
from qlines.live.counters import COUNTERS, GAUGES
from qlines.live.filter_watched import filter_watched
from qlines.live.publish import Publisher, publish
from qlines.live.watched import WatchedDevices
from qlines.telemetry_record import InvalidRecordError

log = logging.getLogger(__name__)

IDLE_SECONDS = 0.5
MAX_FETCH_SECONDS = 0.25  # how long a new watcher may wait while others watch
MAX_RECORDS_PER_FETCH = 64
# Longer than a new watcher may go unnoticed: READ_EVERY_SECONDS and MAX_FETCH_SECONDS together.
SEEK_BACK_MS = 2_000


class Live:
    """The state of the loop; the caller repeats run_once()."""

    def __init__(
        self,
        consumer: KafkaConsumer,
        watched: WatchedDevices,
        redis: Publisher,
        *,
        heartbeat: Heartbeat,
        clock: Clock,
    ) -> None:
        self._consumer = consumer
        self._watched = watched
        self._redis = redis
        self._heartbeat = heartbeat
        self._clock = clock
        self._coalescer = Coalescer()
        self._known: frozenset[str] = frozenset()  # the devices watched in the last iteration
        self._next_offsets: dict[TopicPartition, int] = {}  # of records that were never read
        # The devices that still get the records before the partition's next offset.
        self._newcomers: dict[TopicPartition, frozenset[str]] = {}
        self.counters: Counter[str] = Counter(dict.fromkeys((*COUNTERS, *GAUGES), 0))

    def run_once(self) -> bool:
        """Run one iteration; always return True, because it waits by itself.

        Raise StoreUnavailableError when Kafka or Redis does not answer.
        """
        self._watched.refresh()
        self.counters["watched"] = len(self._watched.devices)
        self._coalescer.retain_only(self._watched.devices)
        self._seek_back_for_newcomers()
        if not self._watched.devices:
            self._heartbeat.beat("no device is watched", counters=self.counters)
            self._watched.wait(IDLE_SECONDS)
            return True
        for record in kafka.fetch(self._consumer, self._fetch_ms(), MAX_RECORDS_PER_FETCH):
            self._coalesce(record)
        self._publish_due()
        self._heartbeat.beat("publishing readings of watched devices", counters=self.counters)
        return True

    def _seek_back_for_newcomers(self) -> None:
        newcomers = self._watched.devices - self._known
        if newcomers:
            kafka.seek_to_time(self._consumer, self._clock.now_us() // 1000 - SEEK_BACK_MS)
            for partition in self._next_offsets:
                self._newcomers[partition] = self._newcomers.get(partition, frozenset()) | newcomers
        self._known = self._watched.devices

    def _fetch_ms(self) -> int:
        due_in = self._coalescer.seconds_to_next(self._clock.monotonic())
        seconds = MAX_FETCH_SECONDS if due_in is None else min(due_in, MAX_FETCH_SECONDS)
        return round(1000 * seconds)

    def _coalesce(self, record: kafka.Record) -> None:
        devices = self._devices_for(record.partition, record.offset)
        if not devices:
            return
        try:
            readings = filter_watched(record.value, record.headers, devices)
        except InvalidRecordError:
            self.counters["invalid_records"] += 1  # the writer logs which
            return
        for reading in readings:
            self._coalescer.add(reading)

    def _devices_for(self, partition: TopicPartition, offset: int) -> frozenset[str]:
        if offset < self._next_offsets.get(partition, 0):
            return self._newcomers.get(partition, frozenset()) & self._watched.devices
        self._next_offsets[partition] = offset + 1
        self._newcomers.pop(partition, None)
        return self._watched.devices

    def _publish_due(self) -> None:
        for device, points in self._coalescer.take_due(self._clock.monotonic()):
            publish(self._redis, device, points)
            self.counters["events"] += 1
            self.counters["points"] += sum(len(series) for series in points.values())
