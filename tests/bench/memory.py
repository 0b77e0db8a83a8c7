"""Memory of the appliance: idle, and after 10,000 messages a second."""

import time

from tests.bench.bench import Bench
from tests.bench.container import memory_mb
from tests.bench.senders import load, new_tokens

IDLE_SECONDS = 30
BUSY_SECONDS = 30


def measure(bench: Bench) -> dict[str, float]:
    """Measure once idle and once right after the load."""
    with bench.appliance() as appliance:
        tokens = new_tokens(appliance, 500)
        time.sleep(IDLE_SECONDS)
        idle = memory_mb(appliance)
        load(
            bench, appliance, tokens,
            connections=500, rate=10_000, seconds=BUSY_SECONDS, points=3,
        ).wait()  # fmt: skip
        return {"memory_idle_mb": idle, "memory_busy_mb": memory_mb(appliance)}
