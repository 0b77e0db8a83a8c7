"""Run ingest: ``python -m qlines.ingest``."""

import os
from functools import partial

from appliance.shared import twin
from qlines import logs, repairs
from qlines.clients import kafka, mongodb
from qlines.clock import SystemClock
from qlines.heartbeat import Heartbeat
from qlines.ingest.backlog import Backlog
from qlines.ingest.disk_reserve import DiskReserve
from qlines.ingest.known_devices import KnownDevices
from qlines.ingest.known_keys import KnownKeys
from qlines.ingest.loop import Ingest
from qlines.ingest.mongo_flusher import MongoFlusher
from qlines.ingest.published import PublishedFile, replay_if_shrunk
from qlines.ingest.publisher import KafkaPublisher
from qlines.ingest.source import SpoolSource
from qlines.ingest.spool_watcher import SpoolWatcher
from qlines.ingest.state import State
from qlines.ingest.state_file import StateFile
from qlines.ingest.stored_keys import StoredKeys
from qlines.retry import wait_for_store
from qlines.runloop import run
from qlines.settings import Settings
from qlines.spool import retention
from qlines.spool.reader import SpoolReader
from qlines.stop import Stop
from qlines.store import presence
from qlines.store.registry_file import RegistryFile
from qlines.telemetry_record import TOPIC, WRITER_GROUP


def main() -> None:
    """Read the settings, connect the clients, and run until a signal asks to stop."""
    settings = Settings.from_env(os.environ)
    logs.configure(settings.log_level)
    clock, stop = SystemClock(), Stop().on_signals()
    heartbeat = Heartbeat(settings.run_dir, "ingest", clock)
    until_answered = partial(wait_for_store, stop=stop, clock=clock, heartbeat=heartbeat)

    spool = settings.data_dir / "spool"
    folders = [spool / "mqtt", spool / "http"]
    for folder in folders:
        folder.mkdir(parents=True, exist_ok=True)
        retention.rewind_after_reboot(folder, retention.machine_boot_id())
    note = partial(repairs.note, settings.data_dir, "ingest")
    max_retained_bytes = retention.max_retained_bytes(settings.spool_limit_mb * 1024 * 1024)
    registry = until_answered(lambda: RegistryFile(settings.data_dir / "registry"))
    producer = until_answered(lambda: kafka.producer(settings.kafka_address))
    # It fetches nothing; it only reports the writer's lag.
    writer = until_answered(lambda: kafka.consumer(settings.kafka_address, TOPIC, WRITER_GROUP))
    until_answered(lambda: replay_if_shrunk(writer, spool, folders, note))
    backlog = Backlog(partial(kafka.lag, writer), clock)
    percent = settings.disk_guard_percent
    readers = [SpoolReader(folder, note, max_retained_bytes, percent) for folder in folders]
    reserve = DiskReserve(spool, percent, clock)
    db = mongodb.connect(settings.mongodb)
    publisher = KafkaPublisher(
        producer,
        backlog,
        reserve,
        PublishedFile(spool).save,
        settings.kafka_address.named(TOPIC),
    )
    ingest = Ingest(
        SpoolSource(readers, clock),
        KnownDevices(registry),
        KnownKeys(settings.device_keys, StoredKeys(settings.clickhouse, db, clock)),
        publisher,
        MongoFlusher(db, partial(_notify, settings.redis), clock, _side(settings)),
        State(StateFile(spool / "ingest.json", clock, note)),
        watcher=SpoolWatcher(folders),
        heartbeat=heartbeat,
        clock=clock,
    )
    run(ingest.run_once, stop=stop, clock=clock, heartbeat=heartbeat, idle_seconds=0.0)
    ingest.close()


def _side(settings: Settings) -> str:
    pairing = twin.read(settings.data_dir)
    return pairing.side if pairing else settings.node or presence.SIDE


def _notify(redis_url: str, subject: str, text: str) -> None:
    # RQ and redis-py cost 25 MB, and most appliances never see an unregistered device.
    from qlines.clients import redis  # noqa: PLC0415 - see above
    from qlines.jobs.queue import enqueue_notification  # noqa: PLC0415 - see above

    enqueue_notification(redis.connect(redis_url), subject, text)


if __name__ == "__main__":
    main()
