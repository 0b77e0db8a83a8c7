"""One iteration of ingest: read the spool, publish to Kafka, flush to MongoDB, commit.

1. Read what the spool folders hold, at most a megabyte each, and sort it (``route``).
2. Publish the readings to Kafka. While Kafka is away this step is repeated with the same batch,
   and the spool grows.
3. Let the batch take effect: counters, connections, pending writes.
4. Flush the pending writes to MongoDB, or leave them pending (``mongo_flusher``).
5. Commit the cursors, once everything is in Kafka, and in MongoDB or the state file
   (``state_file`` has the rule).

A kill at any point loses nothing: at worst a batch is published again. Its times are those of the
frames, so its points are deduplicated by device, key and time.
"""

from collections import Counter
from typing import Protocol

from qlines.clock import Clock
from qlines.errors import BackPressureError
from qlines.heartbeat import Heartbeat
from qlines.ingest.batch import Batch
from qlines.ingest.batching_delay import seconds_between_batches
from qlines.ingest.counters import COUNTERS
from qlines.ingest.known_devices import KnownDevices
from qlines.ingest.known_keys import KnownKeys
from qlines.ingest.mongo_flusher import MongoFlusher
from qlines.ingest.route import route
from qlines.ingest.source import COMMIT_EVERY_SECONDS, SpoolSource
from qlines.ingest.state import State
from qlines.reading import Reading

IDLE_SECONDS = 1.0


class Publisher(Protocol):
    """Publishes readings; ``publisher.KafkaPublisher`` implements it."""

    def publish(self, readings: list[Reading]) -> None:
        """Return once all are stored; raise StoreUnavailableError or BackPressureError if not."""
        ...


class Watcher(Protocol):
    """Waits until the spool grows; ``spool_watcher.SpoolWatcher`` implements it."""

    def wait(self, seconds: float) -> bool:
        """Return True once the spool grew, False after *seconds*."""
        ...

    def discard_events(self) -> None:
        """Discard the events so far."""
        ...


class Ingest:
    """Moves frames from the spool to Kafka and MongoDB; call run_once() again and again."""

    def __init__(
        self,
        source: SpoolSource,
        devices: KnownDevices,
        keys: KnownKeys,
        publisher: Publisher,
        flusher: MongoFlusher,
        state: State,
        *,
        watcher: Watcher,
        heartbeat: Heartbeat,
        clock: Clock,
    ) -> None:
        self._source = source
        self._devices = devices
        self._keys = keys
        self._publisher = publisher
        self._flusher = flusher
        self._state = state
        self._watcher = watcher
        self._heartbeat = heartbeat
        self._clock = clock
        self._unpublished: Batch | None = None
        self._started_at = float("-inf")
        self.counters: Counter[str] = Counter(dict.fromkeys(COUNTERS, 0))

    def run_once(self) -> bool:
        """Run one iteration; always return True, because it sleeps internally.

        Raise StoreUnavailableError or BackPressureError; the next call then continues with the
        same batch.
        """
        started_at = self._clock.monotonic()
        self._limit_pending()
        batch = self._unpublished = self._unpublished or self._read()
        if batch.readings:
            self._publisher.publish(batch.readings)
        self._unpublished = None
        self._apply(batch)
        self._flush()
        self._commit()
        self._source.delete_expired()
        self._beat()
        self._sleep(batch.frames, started_at)
        self._started_at = started_at
        return True

    def close(self) -> None:
        """Flush and commit, so that a restart replays as little as possible."""
        self._flush()
        if self._persist_pending():
            self._source.commit()

    def _limit_pending(self) -> None:
        if not self._state.pending.is_full:
            return
        self._flush()
        if self._state.pending.is_full:
            raise BackPressureError(
                "mongodb",
                "too many attributes or answers are pending, new messages stay in the spool",
            )

    def _read(self) -> Batch:
        self._watcher.discard_events()
        self._devices.refresh()
        batch = Batch()
        frames = self._source.read()
        batch.frames = len(frames)
        route(frames, self._devices, self._keys, batch)
        return batch

    def _apply(self, batch: Batch) -> None:
        batch.counts["readings"] += len(batch.readings)
        self.counters.update(batch.counts)
        self._state.add(batch)

    def _flush(self) -> None:
        # A notification may wait for longer than anything is pending.
        if self._state.pending or self._flusher.has_notification:
            self._flusher.flush(self._state.pending)

    def _commit(self) -> None:
        if self._has_uncommitted() and self._source.is_commit_due and self._persist_pending():
            self._source.commit()

    def _has_uncommitted(self) -> bool:
        return not (self._source.is_committed and self._state.is_saved and not self._state.pending)

    def _persist_pending(self) -> bool:
        """Write the state file if needed; return whether a kill now would lose nothing."""
        if self._state.pending and self._flusher.is_available:
            return False  # the next flush is at most 100 ms away, and cheaper than the file
        return self._state.save_if_due()

    def _beat(self) -> None:
        for name, count in self._source.losses.items():
            self.counters[name] = count
        sentence = "publishing readings"
        if not self._flusher.is_available:
            sentence += "; writes to mongodb are pending"
        self._heartbeat.beat(sentence, counters=self.counters, lag_ms=self._source.lag_ms)

    def _sleep(self, frames: int, started_at: float) -> None:
        if not frames:
            self._watcher.wait(COMMIT_EVERY_SECONDS if self._has_uncommitted() else IDLE_SECONDS)
        elif not self._source.has_more:
            delay = seconds_between_batches(frames, started_at - self._started_at)
            self._clock.sleep(max(0.0, started_at + delay - self._clock.monotonic()))
