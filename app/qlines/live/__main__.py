"""Run live: ``python -m qlines.live``."""

import os

from kafka import KafkaConsumer

from qlines import logs
from qlines.alive import Alive
from qlines.clients import kafka, redis
from qlines.clock import SystemClock
from qlines.live.loop import Live
from qlines.live.watched import Watched
from qlines.runloop import Stop, run, wait_until
from qlines.settings import Settings

TOPIC = "telemetry"
FETCH_BYTES = 1024 * 1024


def main() -> None:
    """Read the settings, make the clients, turn until told to stop."""
    settings = Settings.from_env(os.environ)
    logs.configure(settings.log_level)
    clock, stop = SystemClock(), Stop().on_signals()
    alive = Alive(settings.run_dir, "live", clock)

    def connect() -> KafkaConsumer:
        return kafka.consumer(settings.kafka, TOPIC, None, max_partition_fetch_bytes=FETCH_BYTES)

    consumer = wait_until(connect, stop=stop, clock=clock, alive=alive)
    client = redis.connect(settings.redis)
    live = Live(consumer, Watched(client, clock), client, alive=alive, clock=clock)
    run(live.turn, stop=stop, clock=clock, alive=alive, rest_seconds=0.0)


if __name__ == "__main__":
    main()
