"""Memory of the appliance: idle, with 5,000 idle connections, after 10,000 messages a second."""

import json
import time

from tests.bench.bench import Bench
from tests.bench.container import memory_mb
from tests.bench.senders import load, new_tokens
from tests.harness.appliance import Appliance
from tests.harness.deadline import eventually

IDLE_SECONDS = 30
BUSY_SECONDS = 30
CONNECTIONS = 5_000


def measure(bench: Bench) -> dict[str, float]:
    """Measure once idle, once with many connections, and once right after the load."""
    with bench.appliance() as appliance:
        tokens = new_tokens(appliance, 500)
        time.sleep(IDLE_SECONDS)
        idle = memory_mb(appliance)
        connected = connected_mb(bench, appliance, tokens)
        load(
            bench, appliance, tokens,
            connections=500, rate=10_000, seconds=BUSY_SECONDS, points=3,
        ).wait()  # fmt: skip
        return {
            "memory_idle_mb": idle,
            "memory_connections_mb": connected - idle,
            "memory_busy_mb": memory_mb(appliance),
        }


def connected_mb(bench: Bench, appliance: Appliance, tokens: list[str]) -> float:
    """Return the memory while CONNECTIONS devices are connected that hardly send."""
    sender = load(bench, appliance, tokens, connections=CONNECTIONS, rate=10, seconds=600)
    try:
        eventually(
            lambda: open_connections(appliance) >= CONNECTIONS, 120, "every device is connected"
        )
        time.sleep(IDLE_SECONDS)
        return memory_mb(appliance)
    finally:
        sender.stop()


def open_connections(appliance: Appliance) -> int:
    """Return the broker's own count."""
    heartbeat = json.loads(appliance.exec("cat", "/run/qlines/heartbeat/mosquitto.json"))
    return int(heartbeat["counters"]["connections"])
