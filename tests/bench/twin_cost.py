"""What a VM uses at a steady rate: CPU and memory, comparable before and after it became a twin.

Three things change between two measurements that have nothing to do with twins. A young VM compiles
its Java and fills its caches, and for three minutes ClickHouse still merges what the past has
left (37, 23, 8 CPU seconds in a minute), so it works for longer before it is measured. ClickHouse
merges the more the larger its table has become (25,000 to 500,000 rows a second were seen), so the
table gets the same size and one part ahead of each, and nothing else is merged. And the same work
took up to 1.5 times the CPU seconds in another minute, so it is compared in units of a fixed
computation, which is sampled once a second.
"""

import statistics
import time
from typing import NamedTuple

from tests.bench.container import cpu_seconds, memory_mb
from tests.bench.senders import send
from tests.harness.twin_traffic import TwinUsers
from tests.harness.twin_vms import TwinVm
from tests.harness.vm import PARTS

RATE = 1_000
SECONDS = 60
SETTLE_SECONDS = 20
WARM_SECONDS = 270
MERGED_WITHIN_SECONDS = 300
PAUSE_SECONDS = 1
COMPUTATION = 100_000
# 3 million points of the last day: what the messages of a phase add to them is little.
DEVICES, DEVICES_PER_INSERT, READINGS, STEP_SECONDS = 1_000, 100, 3_000, 28
INSERT = """
INSERT INTO incoming (device, key, time_us, kind_code, number, text)
SELECT concat('past', toString(device)), 'level',
 (toUnixTimestamp(now()) - number * {step_seconds}) * 1000000, 1, number % 1000, ''
FROM (SELECT number FROM numbers({readings}))
CROSS JOIN (SELECT {first} + number AS device FROM numbers({devices}))
"""


class Cost(NamedTuple):
    """CPU in percent of one core, memory in MiB, and the CPU seconds of the fixed computation."""

    cpu_percent: float
    memory_mb: float
    computation_seconds: float


def more_cpu_percent(alone: Cost, as_twin: Cost) -> float:
    """Return how much more CPU the twin uses, each measured in computations."""
    ratio = (as_twin.cpu_percent / as_twin.computation_seconds) / (
        alone.cpu_percent / alone.computation_seconds
    )
    return 100 * (ratio - 1)


def fill(vm: TwinVm) -> None:
    """Give the VM a past that is much larger than what the phases add to it."""
    for first in range(0, DEVICES, DEVICES_PER_INSERT):
        vm.sql(
            INSERT.format(
                first=first,
                devices=DEVICES_PER_INSERT,
                readings=READINGS,
                step_seconds=STEP_SECONDS,
            )
        )


def measure_cost(vm: TwinVm, users: TwinUsers) -> Cost:
    """Measure a VM that gets RATE messages a second."""
    containers = [vm.container(part) for part in PARTS]
    _merge_everything(vm)
    sender = send(
        users.folder, vm.name, users.tokens, connections=len(users.tokens), rate=RATE,
        seconds=WARM_SECONDS + SECONDS + 5, points=3,
    )  # fmt: skip
    time.sleep(WARM_SECONDS)
    started, used = time.monotonic(), sum(map(cpu_seconds, containers))
    samples = []
    while time.monotonic() < started + SECONDS:
        samples.append(_computation_seconds())
        time.sleep(PAUSE_SECONDS)
    percent = 100 * (sum(map(cpu_seconds, containers)) - used) / (time.monotonic() - started)
    memory = sum(map(memory_mb, containers))
    sender.wait()
    return Cost(percent, memory, statistics.median(samples))


def _merge_everything(vm: TwinVm) -> None:
    """Wait until ClickHouse has nothing left of the past to merge, or to delete."""
    for table in ("points", "latest"):
        vm.sql(f"OPTIMIZE TABLE {table} FINAL")
    calm_since = time.monotonic()
    deadline = calm_since + MERGED_WITHIN_SECONDS
    while time.monotonic() < calm_since + SETTLE_SECONDS:
        assert time.monotonic() < deadline, "ClickHouse still merges what was inserted before"
        if vm.sql("SELECT count() FROM system.merges").strip() != "0":
            calm_since = time.monotonic()
        time.sleep(PAUSE_SECONDS)


def _computation_seconds() -> float:
    """Return the CPU seconds of a computation that is always the same."""
    started = time.thread_time()
    sum(number * number for number in range(COMPUTATION))
    return time.thread_time() - started
