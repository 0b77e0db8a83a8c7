"""One turn of ingest: read the spool, hand on to Kafka, then to MongoDB, then move the cursors.

1. Read what both spool folders hold, at most a megabyte each, and sort it (``route``).
2. Hand the readings to Kafka. When Kafka is away the batch is kept and this step repeated; the
   spool grows meanwhile.
3. Let the batch take effect: counts, connections, and what MongoDB is to be told.
4. Tell MongoDB, or leave it waiting (``tell``).
5. Move the cursors on, when everything is in Kafka and in MongoDB or the state file
   (``state_file`` has the rule).

A kill at any place costs nothing: a batch is at worst handed on again, its times are those of the
frames, and a reading that arrives twice is stored once (its key is device, key and time).
"""

import logging
from collections import Counter
from collections.abc import Sequence
from typing import Protocol

from qlines.clock import Clock
from qlines.errors import StoreUnavailableError
from qlines.heartbeat import Heartbeat
from qlines.ingest.batch import Batch
from qlines.ingest.batching_delay import seconds_between_batches
from qlines.ingest.counters import COUNTERS
from qlines.ingest.known_devices import KnownDevices
from qlines.ingest.mongo_flusher import MongoFlusher
from qlines.ingest.route import route
from qlines.ingest.state_file import StateFile
from qlines.reading import Reading
from qlines.spool.frame import MAX_FRAME_BYTES
from qlines.spool.reader import SpoolReader

log = logging.getLogger(__name__)

READ_BYTES = 1024 * 1024
IDLE_SECONDS = 1.0
COMMIT_EVERY_SECONDS = 0.1
TIDY_EVERY_SECONDS = 2.0  # a full spool has room again that much later at the most


class Sender(Protocol):
    """Where readings go; ``publisher.KafkaPublisher`` is the real one."""

    def publish(self, readings: list[Reading]) -> None:
        """Return when all are there, raise StoreUnavailableError when they are not yet."""
        ...


class Sleeper(Protocol):
    """What waits for the spool to grow; ``wake.SpoolWatcher`` is the real one."""

    def wait(self, seconds: float) -> bool:
        """Return True when something was written."""
        ...

    def discard_events(self) -> None:
        """Drop what was noticed so far."""
        ...


class Ingest:
    """The loop's state; turn() is called again and again."""

    def __init__(
        self,
        readers: Sequence[SpoolReader],
        devices: KnownDevices,
        sender: Sender,
        flusher: MongoFlusher,
        state_file: StateFile,
        *,
        watcher: Sleeper,
        heartbeat: Heartbeat,
        clock: Clock,
    ) -> None:
        self._readers = readers
        self._devices = devices
        self._sender = sender
        self._flusher = flusher
        self._state_file = state_file
        self._watcher = watcher
        self._heartbeat = heartbeat
        self._clock = clock
        self._state = state_file.load()
        self._unsent: Batch | None = None
        self._reached_us = 0
        self._has_more = False
        self._connections_changed = False
        self._waiting_changed = False
        self._file_holds_waiting = bool(self._state.pending)
        self._committed = [reader.position for reader in readers]
        self._committed_at = float("-inf")
        self._tidied_at = float("-inf")
        self._turned_at = float("-inf")
        self.counters: Counter[str] = Counter(dict.fromkeys(COUNTERS, 0))

    def run_once(self) -> bool:
        """Do the steps once; always "there may be more", since it rests by itself."""
        started = self._clock.monotonic()
        if self._state.pending.is_full:
            self._make_room()
        if self._unsent is None:
            self._unsent = self._read()
        found = self._hand_on(self._unsent)
        self._unsent = None
        self._tell()
        self._commit()
        self._tidy()
        self._beat()
        if not found:
            self._watcher.wait(COMMIT_EVERY_SECONDS if self._is_behind() else IDLE_SECONDS)
        elif not self._has_more:
            pace = seconds_between_batches(found, started - self._turned_at)
            self._clock.sleep(max(0.0, started + pace - self._clock.monotonic()))
        self._turned_at = started
        return True

    def close(self) -> None:
        """Leave as little as can be to do again."""
        self._committed_at = float("-inf")
        self._tell()
        self._commit()

    def _read(self) -> Batch:
        self._watcher.discard_events()
        self._devices.refresh()
        batch = Batch()
        self._has_more = False
        reached_us = 0
        for reader in self._readers:
            before = reader.position
            frames = reader.read(READ_BYTES)
            if not frames:
                continue
            route(frames, self._devices, batch)
            batch.counts["frames"] += len(frames)
            after = reader.position
            if after.segment != before.segment or (
                after.offset - before.offset > READ_BYTES - MAX_FRAME_BYTES
            ):
                self._has_more = True
                reached_us = min(reached_us or frames[-1].time_us, frames[-1].time_us)
        self._reached_us = reached_us
        return batch

    def _hand_on(self, batch: Batch) -> int:
        """Send the readings, and only then let the batch take effect; return its frames."""
        if batch.readings:
            self._sender.publish(batch.readings)
        found = batch.counts.pop("frames", 0)
        batch.counts["readings"] += len(batch.readings)
        self.counters.update(batch.counts)
        changes = self._state.connections.count(batch.connections)
        self._state.pending.add(batch, changes)
        self._connections_changed |= bool(batch.connections)
        self._waiting_changed |= bool(
            changes or batch.attributes or batch.rejected or batch.sightings
        )
        return found

    def _tell(self) -> None:
        if not self._state.pending:
            return
        self._flusher.flush(self._state.pending)

    def _make_room(self) -> None:
        self._tell()
        if self._state.pending.is_full:
            raise StoreUnavailableError("mongodb", BufferError("too many attributes wait for it"))

    def _is_behind(self) -> bool:
        return bool(self._state.pending) or self._committed != [
            reader.position for reader in self._readers
        ]

    def _commit(self) -> None:
        now = self._clock.monotonic()
        if not self._is_behind() and not self._file_holds_waiting:
            return
        if now - self._committed_at < COMMIT_EVERY_SECONDS or not self._is_safe():
            return
        positions = [reader.position for reader in self._readers]
        for reader, position, committed in zip(
            self._readers, positions, self._committed, strict=True
        ):
            if position != committed:
                reader.commit(position)
        self._committed = positions
        self._committed_at = now

    def _tidy(self) -> None:
        now = self._clock.monotonic()
        if now - self._tidied_at < TIDY_EVERY_SECONDS:
            return
        for reader, committed in zip(self._readers, self._committed, strict=True):
            reader.delete_expired(committed)
        self._tidied_at = now

    def _is_safe(self) -> bool:
        """Make sure that what the frames said outlives this process; False for "not yet"."""
        waits = bool(self._state.pending)
        if waits and self._flusher.is_available:
            return False  # it will be told within a moment, which is cheaper than the file
        changed = self._connections_changed or (waits and self._waiting_changed)
        if changed or self._file_holds_waiting != waits:
            if not self._state_file.is_due():
                return False
            self._state_file.save(self._state)
            self._connections_changed = False
            self._waiting_changed = False
            self._file_holds_waiting = waits
        return True

    def _beat(self) -> None:
        for loss in ("corrupt_frames", "torn_tails", "invalid_lengths"):
            self.counters[loss] = sum(reader.losses[loss] for reader in self._readers)
        lag_ms = max(0, self._clock.now_us() - self._reached_us) // 1000 if self._has_more else 0
        sentence = "hands on what devices send"
        if not self._flusher.is_available:
            sentence += "; what MongoDB is to be told waits for it"
        self._heartbeat.beat(sentence, counters=self.counters, lag_ms=lag_ms)
