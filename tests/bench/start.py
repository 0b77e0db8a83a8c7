"""Time from `docker run` to ready: on an empty volume, and with data."""

import time
from collections.abc import Callable
from functools import partial
from statistics import median

from tests.bench.bench import Bench
from tests.harness.appliance import Appliance
from tests.harness.docker import run

BOOTS = 3


def measure(bench: Bench) -> dict[str, float]:
    """Boot three new appliances and each a second time; return the medians."""
    first, later = [], []
    for _ in range(BOOTS):
        appliance = Appliance(bench.image)
        try:
            first.append(_seconds(partial(_first, appliance)))
            appliance.stop()
            later.append(_seconds(partial(_again, appliance)))
        finally:
            appliance.remove()
    return {"first_boot_s": median(first), "later_boot_s": median(later)}


def _first(appliance: Appliance) -> None:
    appliance.create().wait_ready()


def _again(appliance: Appliance) -> None:
    run("docker", "start", appliance.name)
    appliance.wait_ready()


def _seconds(act: Callable[[], object]) -> float:
    started = time.monotonic()
    act()
    return time.monotonic() - started
