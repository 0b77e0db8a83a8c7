"""CPU time of all programs, in percent of one core: idle, and at 1,000 messages a second."""

import time

from tests.bench.bench import Bench
from tests.bench.container import cpu_seconds
from tests.bench.senders import load, new_tokens
from tests.harness.appliance import Appliance

SECONDS = 60
SETTLE_SECONDS = 30


def measure(bench: Bench) -> dict[str, float]:
    """Measure one minute of each."""
    with bench.appliance() as appliance:
        tokens = new_tokens(appliance, 500)
        time.sleep(SETTLE_SECONDS)
        idle = _percent(appliance)
        sender = load(
            bench, appliance, tokens,
            connections=500, rate=1000, seconds=SECONDS + 15, points=3,
        )  # fmt: skip
        time.sleep(10)
        busy = _percent(appliance)
        sender.wait()
        return {"cpu_busy": busy, "cpu_idle": idle}


def _percent(appliance: Appliance) -> float:
    started, used = time.monotonic(), cpu_seconds(appliance)
    time.sleep(SECONDS)
    return 100 * (cpu_seconds(appliance) - used) / (time.monotonic() - started)
