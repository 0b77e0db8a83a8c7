"""Run the writer: ``python -m qlines.writer``."""

import os
from collections import Counter
from contextlib import suppress
from functools import partial
from typing import Any

from kafka import KafkaConsumer

from qlines import logs, repairs
from qlines.clients import clickhouse, kafka
from qlines.clients.kafka_consumers import AssignmentChangedError
from qlines.clock import SystemClock
from qlines.errors import StoreUnavailableError
from qlines.heartbeat import Beats, Heartbeat
from qlines.peer import find_peer
from qlines.retry import wait_for_store
from qlines.runloop import run
from qlines.settings import Settings
from qlines.spool.retention import machine_boot_id
from qlines.stop import Stop
from qlines.store import readings
from qlines.telemetry_record import TOPIC, WRITER_GROUP
from qlines.writer import recovery
from qlines.writer.buffer import Buffer
from qlines.writer.insert import insert
from qlines.writer.loop import Commit, Writer
from qlines.writer.own_source import OwnSource

# A fetch is held decompressed, about five times as much; a larger record batch still comes whole.
MAX_FETCH_BYTES = 1024 * 1024


def main() -> None:
    """Read the settings, connect, and write until asked to stop."""
    settings = Settings.from_env(os.environ)
    logs.configure(settings.log_level)
    clock, stop = SystemClock(), Stop().on_signals()
    heartbeat = Heartbeat(settings.run_dir, "writer", clock)

    until_answered = partial(wait_for_store, stop=stop, clock=clock, heartbeat=heartbeat)
    pool = clickhouse.Pool(settings.clickhouse, 1, settings.clickhouse_insert_settings)
    note = partial(repairs.note, settings.data_dir, "writer")
    boot_id = recovery.SHARED_STORES if settings.node else machine_boot_id()
    find = partial(recovery.find_lost_parts, pool, settings.data_dir, settings.run_dir)
    lost = until_answered(lambda: find(note=note))
    consumer = until_answered(partial(_connect, settings))
    peer = _peer_thread(settings, lost=lost, boot_id=boot_id, stop=stop, clock=clock, note=note)
    beats: Beats = peer.pass_on(heartbeat) if peer else heartbeat

    def resume(consumer: KafkaConsumer) -> Commit:
        commits = recovery.resume(consumer, lost, boot_id=boot_id, clock=clock, note=note)
        recovery.forget_lost_parts(settings.run_dir)
        lost.clear()
        return commits.commit

    def make_writer(consumer: KafkaConsumer, commit: Commit, counters: Counter[str]) -> Writer:
        return Writer(
            consumer,
            commit,
            partial(insert, pool, readings.insert),
            partial(insert, pool, readings.insert_latest),
            buffer=Buffer(),
            heartbeat=beats,
            clock=clock,
            counters=counters,
        )

    source = OwnSource(consumer, resume, make_writer)
    if peer:
        peer.start(lambda: source.lag_ms)
    run(source.run_once, stop=stop, clock=clock, heartbeat=beats, idle_seconds=0.0)
    # The next start, or another node, replays what was not flushed.
    with suppress(StoreUnavailableError, AssignmentChangedError):
        source.close()
    if peer:
        peer.join()


def _connect(settings: Settings) -> KafkaConsumer:
    return kafka.consumer(
        settings.kafka_address,
        TOPIC,
        WRITER_GROUP,
        node=settings.node,
        max_partition_fetch_bytes=MAX_FETCH_BYTES,
    )


def _peer_thread(settings: Settings, **recovery_options: Any) -> Any:
    """Return what reads the twin's Kafka; None without a pairing."""
    found = find_peer(settings.data_dir)
    if found is None:
        return None
    # A VM without a twin need not load it.
    from qlines.writer.peer_thread import PeerThread  # noqa: PLC0415 - see above

    return PeerThread(found, settings, max_fetch_bytes=MAX_FETCH_BYTES, **recovery_options)


if __name__ == "__main__":
    main()
