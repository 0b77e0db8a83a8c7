"""Run live: ``python -m qlines.live``."""

import os
from functools import partial

from qlines import logs
from qlines.addresses.kafka import KafkaAddress
from qlines.clients import kafka, redis
from qlines.clock import SystemClock
from qlines.heartbeat import Heartbeat
from qlines.live.loop import Live
from qlines.live.peer_feed import PeerFeed
from qlines.live.records import WatchedRecords
from qlines.live.watched import WatchedDevices
from qlines.peer import find_peer
from qlines.retry import wait_for_store
from qlines.runloop import run
from qlines.settings import Settings
from qlines.stop import Stop
from qlines.telemetry_record import LIVE_GROUP, TOPIC

# A fetch is held decompressed, about five times as much; a larger record batch still comes whole.
MAX_FETCH_BYTES = 1024 * 1024


def main() -> None:
    """Read the settings, connect, and publish until asked to stop."""
    settings = Settings.from_env(os.environ)
    logs.configure(settings.log_level)
    clock, stop = SystemClock(), Stop().on_signals()
    heartbeat = Heartbeat(settings.run_dir, "live", clock)

    def connect(address: KafkaAddress, node: str = "") -> WatchedRecords:
        consumer = kafka.consumer(
            address,
            TOPIC,
            LIVE_GROUP if node else None,
            node=node,
            auto_offset_reset="latest",
            max_partition_fetch_bytes=MAX_FETCH_BYTES,
        )
        return WatchedRecords(consumer, clock)

    records = wait_for_store(
        partial(connect, settings.kafka_address, settings.node),
        stop=stop,
        clock=clock,
        heartbeat=heartbeat,
    )
    client = redis.connect(settings.redis)
    twin = find_peer(settings.data_dir)
    peer = PeerFeed(partial(connect, KafkaAddress(twin.kafka)), clock) if twin else None
    live = Live(
        records, WatchedDevices(client, clock), client, heartbeat=heartbeat, clock=clock, peer=peer
    )
    if peer:
        peer.start()
    run(live.run_once, stop=stop, clock=clock, heartbeat=heartbeat, idle_seconds=0.0)


if __name__ == "__main__":
    main()
