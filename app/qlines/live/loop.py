"""One iteration of live: read who is watched, fetch their readings, publish to their browsers.

While no device is watched, nothing is fetched. What arrives during an outage is not replayed: the
page loads the history by itself. With a twin its readings come from a thread (peer_feed.py).
"""

import logging
from collections import Counter

from qlines.clock import Clock
from qlines.heartbeat import Heartbeat
from qlines.live.coalesce import Coalescer
from qlines.live.counters import COUNTERS, GAUGES
from qlines.live.peer_feed import PeerFeed
from qlines.live.publish import Publisher, publish
from qlines.live.records import WatchedRecords
from qlines.live.watched import WatchedDevices

log = logging.getLogger(__name__)

IDLE_SECONDS = 0.5
MAX_FETCH_SECONDS = 0.25  # how long a new watcher may wait while others watch


class Live:
    """The state of the loop; the caller repeats run_once()."""

    def __init__(
        self,
        records: WatchedRecords,
        watched: WatchedDevices,
        redis: Publisher,
        *,
        heartbeat: Heartbeat,
        clock: Clock,
        peer: PeerFeed | None = None,
    ) -> None:
        self._records = records
        self._watched = watched
        self._redis = redis
        self._heartbeat = heartbeat
        self._clock = clock
        self._coalescer = Coalescer()
        self._peer = peer
        self.counters: Counter[str] = Counter(dict.fromkeys((*COUNTERS, *GAUGES), 0))

    def run_once(self) -> bool:
        """Run one iteration; always return True, because it waits by itself.

        Raise StoreUnavailableError when Kafka or Redis does not answer.
        """
        self._watched.refresh()
        self.counters["watched"] = len(self._watched.devices)
        self._coalescer.retain_only(self._watched.devices)
        if self._peer is not None:
            self._peer.watch(self._watched.devices)
        if not self._watched.devices:
            self._records.read(frozenset(), 0)
            self._heartbeat.beat("no device is watched", counters=self.counters)
            self._watched.wait(IDLE_SECONDS)
            return True
        for reading in self._records.read(self._watched.devices, self._fetch_ms()):
            self._coalescer.add(reading)
        self.counters["invalid_records"] = self._records.invalid_records
        self._add_from_peer()
        self._publish_due()
        self._heartbeat.beat("publishing readings of watched devices", counters=self.counters)
        return True

    def _fetch_ms(self) -> int:
        due_in = self._coalescer.seconds_to_next(self._clock.monotonic())
        seconds = MAX_FETCH_SECONDS if due_in is None else min(due_in, MAX_FETCH_SECONDS)
        return round(1000 * seconds)

    def _add_from_peer(self) -> None:
        if self._peer is None:
            return
        self.counters["invalid_records"] += self._peer.invalid_records
        for reading in self._peer.take():
            if reading.device in self._watched.devices:
                self._coalescer.add(reading)

    def _publish_due(self) -> None:
        for device, points in self._coalescer.take_due(self._clock.monotonic()):
            publish(self._redis, device, points)
            self.counters["events"] += 1
            self.counters["points"] += sum(len(series) for series in points.values())
