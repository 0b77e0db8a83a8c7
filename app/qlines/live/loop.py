"""One turn of live: who is watched, what do these devices send, tell their browsers.

While nobody watches, nothing is fetched. A device that is newly watched makes it go back a little:
its page was told "watched" some moments ago, and what came in since then must not be missed. Only
the newcomers get what was read before. What is lost in an outage stays lost: the page reads
history by itself.
"""

import logging
from collections import Counter
from typing import Any

import orjson
from kafka import KafkaConsumer

from qlines.clients import kafka
from qlines.clock import Clock
from qlines.heartbeat import Heartbeat
from qlines.live.combine import Combiner
from qlines.live.counters import COUNTERS
from qlines.live.pick import pick
from qlines.live.publish import Publisher, publish
from qlines.live.watched import Watched

log = logging.getLogger(__name__)

IDLE_SECONDS = 0.5
FETCH_SECONDS = 0.25  # the longest that a new watcher waits while others watch
MOST_RECORDS = 64
# Longer than it takes to hear of a watcher: LOOK_EVERY_SECONDS and FETCH_SECONDS together.
BACK_MS = 2_000


class Live:
    """The loop's state; turn() is called again and again."""

    def __init__(
        self,
        consumer: KafkaConsumer,
        watched: Watched,
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
        self._combiner = Combiner()
        self._known: frozenset[str] = frozenset()  # the watched devices of the last turn
        self._newcomers: frozenset[str] = frozenset()
        self._next: dict[int, int] = {}  # by partition: the first offset that nobody got yet
        self.counters: Counter[str] = Counter(dict.fromkeys(COUNTERS, 0))

    def turn(self) -> bool:
        """Do the steps once; always "there may be more", since it waits by itself."""
        self._watched.refresh()
        self.counters["watched"] = len(self._watched.devices)
        self._combiner.keep_only(self._watched.devices)
        self._go_back_for_newcomers()
        if not self._watched.devices:
            self._heartbeat.beat("nobody watches", counters=self.counters)
            self._watched.wait(IDLE_SECONDS)
            return True
        self._take(kafka.fetch(self._consumer, self._patience_ms(), MOST_RECORDS))
        self._publish_due()
        self._heartbeat.beat("shows readings to who watches", counters=self.counters)
        return True

    def _go_back_for_newcomers(self) -> None:
        new = self._watched.devices - self._known
        if new:
            kafka.go_back(self._consumer, self._clock.now_us() // 1000 - BACK_MS)
            self._newcomers |= new
        self._known = self._watched.devices

    def _patience_ms(self) -> int:
        due_in = self._combiner.seconds_to_next(self._clock.monotonic())
        return round(1000 * (FETCH_SECONDS if due_in is None else min(due_in, FETCH_SECONDS)))

    def _take(self, records: list[Any]) -> None:
        for record in records:
            devices = self._devices_for(record.partition, record.offset)
            try:
                for device, ts_us, values in pick(record.value or b"", devices):
                    self._combiner.add(device, ts_us, values)
            except (orjson.JSONDecodeError, TypeError, KeyError):
                self.counters["damaged_records"] += 1  # the writer says which

    def _devices_for(self, partition: int, offset: int) -> frozenset[str]:
        if offset < self._next.get(partition, 0):
            return self._newcomers & self._watched.devices
        self._next[partition] = offset + 1
        self._newcomers = frozenset()
        return self._watched.devices

    def _publish_due(self) -> None:
        for device, points in self._combiner.due(self._clock.monotonic()):
            publish(self._redis, device, points)
            self.counters["events"] += 1
            self.counters["points"] += sum(len(series) for series in points.values())
