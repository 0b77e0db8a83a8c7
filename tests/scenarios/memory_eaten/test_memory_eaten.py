"""The story of a process that eats all memory: the kernel kills it, and the report names it.

The container may use 900 MB. A job of the RQ worker takes more than there is; within 30 s the
report names the worker, everything is well, and every acknowledged message is stored.
"""

import time

import pytest

from tests.harness.appliance import Appliance
from tests.harness.deadline import assert_none_lost, eventually
from tests.harness.docker import HARDENED
from tests.harness.load_generator import Load, stored_numbers
from tests.harness.outcomes import Outcome, record
from tests.harness.people import new_person

# A job that takes 100 MB every half second: soon it is the largest process, which the kernel kills.
LEAK = "[bytes(b'x') * 10**8 for _ in iter(lambda: __import__('time').sleep(0.5), 1)]"
EAT = f"""
from redis import Redis
from rq import Queue
Queue("app1", connection=Redis()).enqueue("builtins.eval", {LEAK!r})
"""


@pytest.fixture(scope="module")
def small(image):
    """Yield an appliance that may use 900 MB of memory and no swap."""
    limit = ("--memory", "900m", "--memory-swap", "900m")
    appliance = Appliance(image, options=(*HARDENED, *limit))
    try:
        yield appliance.start()
    finally:
        appliance.remove()


def test_the_program_that_the_kernel_killed_is_named(small, tmp_path):
    owner = new_person(small.wait_well(), "owner")
    tokens = [owner.new_device().token for _ in range(20)]
    load = Load(
        small.mqtt_port, tokens, tmp_path,
        "--connections", "20", "--rate", "1000", "--seconds", "600", "--reconnect",
    )  # fmt: skip
    try:
        small.exec("python", "-c", EAT)
        eaten_at = time.monotonic()
        victims = eventually(
            lambda: small.health("deep").json()["oom_kills"]["victims"], 30, "a victim is named"
        )
        eventually(lambda: all_run(small), 30, "every program is well")
        seconds = time.monotonic() - eaten_at
        load.interrupt()
    finally:
        load.stop()

    assert {victim["name"] for victim in victims} == {"rqworker"}
    problem = next(
        sentence for sentence in small.health("deep").json()["problems"] if "kernel" in sentence
    )
    assert problem.startswith("the kernel killed a process of rqworker because")
    acknowledged = load.acknowledged()
    assert len(acknowledged) > 1000
    assert_none_lost(acknowledged, lambda: stored_numbers(small), seconds=60)
    record(
        Outcome(
            "a process eats all memory of the container", problem.partition(":")[0],
            "the kernel kills it, and it starts again", seconds, 0,
            "raise `--memory`, or look for what needs so much",
        )
    )  # fmt: skip


def all_run(appliance):
    components = appliance.health("deep").json()["components"]
    return all(component["status"] == "ok" for component in components)
