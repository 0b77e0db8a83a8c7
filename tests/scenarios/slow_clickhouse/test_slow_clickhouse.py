"""The story of a slow store: ClickHouse answers ten times slower, and nobody but the lag notices.

Twenty devices send 1,000 messages a second. Every message is acknowledged, no program is restarted,
the writer's memory stays bounded, and everything is stored within 60 s after the slowness ends.
SLOW_SECONDS=300 in the environment repeats it for five minutes.
"""

import os
import time
from pathlib import Path

import pytest

from tests.harness.appliance import Appliance
from tests.harness.deadline import assert_none_lost, eventually
from tests.harness.docker import run
from tests.harness.load_generator import Load, stored_numbers
from tests.harness.outcomes import Outcome, record
from tests.harness.people import new_person

PROXY = Path(__file__).parent / "slow_proxy.py"
SLOW_SECONDS = float(os.environ.get("SLOW_SECONDS", "20"))
MAX_GROWTH_MB = 150


@pytest.fixture(scope="module")
def proxied(image):
    """Yield an appliance whose programs reach ClickHouse through a proxy in the container."""
    appliance = Appliance(image, environment={"QLINES_CLICKHOUSE": "127.0.0.1:9998"}).create()
    try:
        set_factor(appliance, 1)
        run("docker", "exec", "-d", appliance.name, "python", "-c", PROXY.read_text())
        yield appliance.wait_ready()
    finally:
        appliance.remove()


def test_a_slow_clickhouse_delays_readings_and_loses_none(proxied, tmp_path):
    owner = new_person(proxied.wait_well(), "owner")
    tokens = [owner.new_device().token for _ in range(20)]
    writer, before_mb = proxied.pid("writer"), writer_mb(proxied)
    set_factor(proxied, 10)
    load = Load(
        proxied.mqtt_port, tokens, tmp_path,
        "--connections", "20", "--rate", "1000", "--seconds", str(SLOW_SECONDS),
    )  # fmt: skip
    try:
        largest_mb, problems = before_mb, []
        while load.is_running():
            largest_mb = max(largest_mb, writer_mb(proxied))
            problems += proxied.health("deep").json()["problems"]
            time.sleep(1)
        counts = load.wait()
    finally:
        load.stop()
    set_factor(proxied, 1)
    ended_at = time.monotonic()
    proxied.wait_well(60)
    seconds = time.monotonic() - ended_at

    acknowledged = load.acknowledged()
    assert counts["acknowledged"] == counts["sent"] > SLOW_SECONDS * 100
    assert_none_lost(acknowledged, lambda: stored_numbers(proxied), seconds=60)
    assert proxied.pid("writer") == writer
    assert largest_mb - before_mb < MAX_GROWTH_MB
    record(
        Outcome(
            f"ClickHouse answers 10 times slower for {SLOW_SECONDS:.0f} s",
            next(iter(problems), ""),
            f"larger batches; the writer's memory grew by {largest_mb - before_mb:.0f} MB",
            seconds, 0, "look at ClickHouse's load",
        )
    )  # fmt: skip


def set_factor(appliance, factor):
    eventually(
        lambda: appliance.exec("sh", "-c", f"echo {factor} >/tmp/factor; echo done"), 30,
        "the container runs",
    )  # fmt: skip


def writer_mb(appliance):
    """Return the writer's proportional share of memory."""
    smaps = appliance.exec("cat", f"/proc/{appliance.pid('writer')}/smaps_rollup")
    line = next(line for line in smaps.splitlines() if line.startswith("Pss:"))
    return int(line.split()[1]) / 1024
