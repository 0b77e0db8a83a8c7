"""The story of devices between two twins: they are moved, come back elsewhere, and lose nothing.

Fifty devices publish at QoS 1 through one front door to side a. Side a is drained: its broker sends
them away at a limited rate, the front door leads them to side b, and every message that a broker
has acknowledged is stored on both sides. `qlines drain` reports how many have moved, and ends when
side a carries no traffic; a restart of the drained side changes nothing.
"""

import subprocess
import time

import pytest

from tests.harness.deadline import eventually
from tests.harness.people import Person, new_person
from tests.harness.twins import Twins
from tests.scenarios.twin_devices import fleet
from tests.scenarios.twin_devices.front_door import FrontDoor

DEVICES, PER_SECOND = 50, 10


@pytest.fixture(scope="module")
def twins(image, network, tmp_path_factory):
    settings = {"QLINES_DRAIN_CLIENTS_PER_SECOND": str(PER_SECOND)}
    twins = Twins(network, image, tmp_path_factory.mktemp("twins"), **settings)
    try:
        yield twins
    finally:
        twins.remove()


@pytest.fixture(scope="module")
def owner(twins):
    """Return the owner at side a, after the pairing."""
    owner = new_person(twins.a.start(), "owner")
    twins.pair()
    twins.a.wait_ready()
    twins.wait_whole("a")
    twins.b.wait_ready()
    return owner


@pytest.fixture(scope="module")
def at_b(twins, owner):
    """Return the same owner, who uses side b."""
    return Person(twins.b, owner.email, owner.password, owner.key)


@pytest.fixture(scope="module")
def front_door(twins, owner):
    door = FrontDoor([twins.a, twins.b]).open()
    yield door
    door.close()


def connections(appliance):
    """Return how many devices are connected, by the broker's heartbeat."""
    text = appliance.exec("cat", "/run/qlines/heartbeat/mosquitto.json")
    return int(text.split('"remote_connections": ')[1].split(",")[0])


def stored(appliance):
    return {int(n) for n in appliance.numbers("SELECT DISTINCT number FROM points WHERE key = 'n'")}


def test_a_drain_moves_the_devices_and_loses_no_acknowledged_message(twins, owner, front_door):
    devices = [owner.new_device(f"sensor {number}") for number in range(DEVICES)]
    eventually(lambda: twins.b.numbers("SELECT 1") == [1], 30, "b's ClickHouse answers")
    senders = fleet.start(devices, front_door.port)
    eventually(lambda: connections(twins.a) == DEVICES, 30, "all are at a")

    began = time.monotonic()
    drained = subprocess.run(
        ["docker", "exec", twins.a.name, "qlines", "drain"],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    took = time.monotonic() - began

    assert drained.returncode == 0, drained.stdout + drained.stderr
    lines = drained.stdout.splitlines()
    assert lines[-1] == "a carries no traffic", drained.stdout
    assert f"moved {DEVICES} of {DEVICES} devices" in lines
    assert any(line.startswith("moved ") and line != f"moved {DEVICES} of {DEVICES} devices"
               for line in lines), lines  # fmt: skip
    assert took >= DEVICES / PER_SECOND, "not faster than the rate"
    assert connections(twins.a) == 0
    eventually(lambda: connections(twins.b) == DEVICES, 30, "all are at b")
    assert [sender.losses for sender in senders] == [1] * DEVICES

    for sender in senders:
        sender.stop()
    eventually(lambda: all(sender.is_answered for sender in senders), 30, "all is acknowledged")
    acknowledged = set().union(*(sender.numbers() for sender in senders))
    assert len(acknowledged) > 10 * DEVICES
    for side in (twins.a, twins.b):
        eventually(lambda: acknowledged <= stored(side), 60, "all is stored")  # noqa: B023 - waited for at once
    for sender in senders:
        sender.close()
