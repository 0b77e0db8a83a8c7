"""The thread that reads the twin's Kafka, made from the settings."""

import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial

from kafka import KafkaConsumer

from qlines.addresses.kafka import KafkaAddress
from qlines.clients import clickhouse, kafka
from qlines.clock import Clock
from qlines.errors import StoreUnavailableError
from qlines.heartbeat import Beats
from qlines.peer import Peer
from qlines.runloop import run
from qlines.settings import Settings
from qlines.stop import Stop
from qlines.store import readings
from qlines.store.part_list import Part
from qlines.telemetry_record import TOPIC, peer_group
from qlines.writer.buffer import Buffer
from qlines.writer.insert import insert
from qlines.writer.loop import Commit, Writer
from qlines.writer.peer_recovery import PeerRecovery
from qlines.writer.peer_source import PeerSource
from qlines.writer.peer_status import PeerStatus, WithPeer
from qlines.writer.recovery import Note

MAX_POINTS = 20_000  # a third of the own buffer
# Oftener than the own points would be for nothing, since the lag of a twin may be 2 s.
FLUSH_EVERY_SECONDS = 0.75
# The broker answers when it has so much, or after that time. A fetch for each batch of the twin's
# ingest, 50 a second, would cost CPU on both sides for nothing.
FETCH_MIN_BYTES = 256 * 1024
FETCH_MAX_WAIT_MS = 250
STOP_SECONDS = 3.0


class PeerThread:
    """The thread and what it reports; it ends with the program, or when *stop* is set."""

    def __init__(
        self,
        peer: Peer,
        settings: Settings,
        *,
        max_fetch_bytes: int,
        lost: list[Part],
        boot_id: str,
        stop: Stop,
        clock: Clock,
        note: Note,
    ) -> None:
        self._stop = stop
        self._clock = clock
        self._status = PeerStatus(clock)
        self._pool = clickhouse.Pool(settings.clickhouse, 1, settings.clickhouse_insert_settings)
        self._recovery = PeerRecovery(settings.data_dir, boot_id=boot_id, clock=clock, note=note)
        self._recovery.lost.add(lost)
        self._connect = partial(
            kafka.consumer,
            KafkaAddress(peer.kafka),
            TOPIC,
            peer_group(peer.side),
            auto_offset_reset="none",
            max_partition_fetch_bytes=max_fetch_bytes,
            fetch_min_bytes=FETCH_MIN_BYTES,
            fetch_max_wait_ms=FETCH_MAX_WAIT_MS,
        )
        self._thread: threading.Thread | None = None

    def pass_on(self, heartbeat: Beats) -> Beats:
        """Return a heartbeat for the own loop that reports this thread too."""
        return WithPeer(heartbeat, self._status)

    def start(self, own_lag_ms: Callable[[], int]) -> None:
        """Begin to read; *own_lag_ms* says how far the own loop is behind."""
        source = PeerSource(
            self._connect,
            self._recovery.resume,
            self._make_writer,
            own_lag_ms=own_lag_ms,
            status=self._status,
            clock=self._clock,
        )
        self._thread = threading.Thread(target=self._work, args=(source,), daemon=True)
        self._thread.start()

    def join(self) -> None:
        """Wait some seconds until the thread has flushed, once *stop* is set."""
        if self._thread is not None:
            self._thread.join(STOP_SECONDS)

    def _work(self, source: PeerSource) -> None:
        run(
            source.run_once,
            stop=self._stop,
            clock=self._clock,
            heartbeat=self._status,
            idle_seconds=0.0,
        )
        with suppress(StoreUnavailableError):  # the next start replays what was not flushed
            source.close()

    def _make_writer(self, consumer: KafkaConsumer, commit: Commit) -> Writer:
        return Writer(
            consumer,
            commit,
            partial(insert, self._pool, readings.insert),
            partial(insert, self._pool, readings.insert_latest),
            buffer=Buffer(max_points=MAX_POINTS, max_seconds=FLUSH_EVERY_SECONDS, has_latest=False),
            heartbeat=self._status,
            clock=self._clock,
            counters=self._status.counters,
        )
