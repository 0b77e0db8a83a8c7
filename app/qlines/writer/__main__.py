"""Run the writer: ``python -m qlines.writer``."""

import os
from contextlib import suppress
from functools import partial
from typing import Any

from kafka import KafkaConsumer

from qlines import logs, repairs
from qlines.clients import clickhouse, kafka
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
from qlines.writer.loop import Writer

# A fetch is held decompressed, about five times as much; a larger record batch still comes whole.
MAX_FETCH_BYTES = 1024 * 1024


def main() -> None:
    """Read the settings, connect, and write until asked to stop."""
    settings = Settings.from_env(os.environ)
    logs.configure(settings.log_level)
    clock, stop = SystemClock(), Stop().on_signals()
    heartbeat = Heartbeat(settings.run_dir, "writer", clock)

    def connect() -> KafkaConsumer:
        return kafka.consumer(
            settings.kafka_address, TOPIC, WRITER_GROUP, max_partition_fetch_bytes=MAX_FETCH_BYTES
        )

    until_answered = partial(wait_for_store, stop=stop, clock=clock, heartbeat=heartbeat)
    pool = clickhouse.Pool(settings.clickhouse, 1, settings.clickhouse_insert_settings)
    note = partial(repairs.note, settings.data_dir, "writer")
    boot_id = machine_boot_id()
    find = partial(recovery.find_lost_parts, pool, settings.data_dir, settings.run_dir)
    lost = until_answered(lambda: find(note=note))
    consumer = until_answered(connect)
    commits = until_answered(
        lambda: recovery.resume(consumer, lost, boot_id=boot_id, clock=clock, note=note)
    )
    peer = _peer_thread(settings, lost=lost, boot_id=boot_id, stop=stop, clock=clock, note=note)
    beats: Beats = peer.pass_on(heartbeat) if peer else heartbeat
    recovery.forget_lost_parts(settings.run_dir)
    writer = Writer(
        consumer,
        commits.commit,
        partial(insert, pool, readings.insert),
        partial(insert, pool, readings.insert_latest),
        buffer=Buffer(),
        heartbeat=beats,
        clock=clock,
    )
    if peer:
        peer.start(lambda: writer.lag_ms)
    run(writer.run_once, stop=stop, clock=clock, heartbeat=beats, idle_seconds=0.0)
    with suppress(StoreUnavailableError):  # the next start replays what was not flushed
        writer.close()
    if peer:
        peer.join()


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
