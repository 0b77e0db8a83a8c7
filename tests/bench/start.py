"""Time from `docker run` to ready: on an empty volume, and with data."""

import time
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
            first.append(_seconds(lambda one=appliance: one.create().wait_ready()))
            appliance.stop()
            later.append(_seconds(lambda one=appliance: _again(one)))
        finally:
            appliance.remove()
    return {"first_boot_s": median(first), "later_boot_s": median(later)}


def _again(appliance: Appliance) -> None:
    run("docker", "start", appliance.name)
    appliance.wait_ready()


def _seconds(act) -> float:
    started = time.monotonic()
    act()
    return time.monotonic() - started
