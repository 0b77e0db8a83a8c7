"""The story of a full spool: what cannot be kept is refused, and it goes on by itself later.

A refused message gets no PUBACK and its connection is closed, or 503; nothing acknowledged is lost.
"""

import pytest
import requests

from tests.harness.appliance import Appliance
from tests.harness.deadline import assert_none_lost, eventually
from tests.harness.mqtt_device import MqttDevice
from tests.harness.people import new_person


@pytest.fixture(scope="module")
def small(image):
    """Return an appliance whose spool may hold 1 MiB."""
    small = Appliance(image, environment={"QLINES_SPOOL_LIMIT_MB": "1"})
    try:
        yield small.start()
    finally:
        small.remove()


def test_senders_are_refused_at_the_limit_and_go_on_when_there_is_room(small, tmp_path):
    owner = new_person(small, "owner")
    device = owner.new_device()
    url = small.url(f"/api/v1/{device.token}/telemetry")
    block = {"text": "x" * 60_000}

    small.supervisor("stop", "kafka")
    try:
        acknowledged = 0
        with MqttDevice(small, device.token) as mqtt:
            while mqtt.publish(block | {"number": acknowledged}):
                acknowledged += 1
                assert acknowledged < 100, "6 MB were taken, the limit is 1"
            assert mqtt.lost.wait(5)
        assert acknowledged > 5
        eventually(
            lambda: requests.post(url, json=block, timeout=10).status_code == 503, 10,
            "HTTP refuses too",
        )  # fmt: skip
        with MqttDevice(small, device.token) as again:
            assert not again.publish(block)
    finally:
        small.supervisor("start", "kafka")

    def is_taken():
        with MqttDevice(small, device.token) as later:
            return later.publish({"late": 1})

    eventually(is_taken, 60, "it takes messages again by itself")
    eventually(
        lambda: requests.post(url, json={"x": 1}, timeout=10).status_code == 200, 10,
        "HTTP takes messages again",
    )  # fmt: skip
    query = f"SELECT number FROM readings WHERE device = '{device.id}' AND key = 'number'"
    assert_none_lost(
        set(range(acknowledged)), lambda: set(map(int, small.numbers(query))), seconds=30
    )


def test_a_disk_that_is_full_refuses_and_heals(new_appliance):
    disk = ("--opt", "type=tmpfs", "--opt", "device=tmpfs", "--opt", "o=size=1g,uid=7010")
    appliance = new_appliance(volume_options=disk).start()
    owner = new_person(appliance, "owner")
    device = owner.new_device()

    appliance.exec("sh", "-c", "head -c 2G /dev/zero >/data/ballast 2>/dev/null || true")
    eventually(lambda: not is_taken(appliance, device), 20, "messages are refused")
    eventually(
        lambda: appliance.health("deep").status_code == 503, 20, "the health report tells of it"
    )
    appliance.exec("rm", "/data/ballast")

    eventually(lambda: is_taken(appliance, device), 60, "it takes messages again by itself")
    eventually(lambda: owner.value(device, "x") == 1, 60, "they are stored")


def is_taken(appliance, device):
    with MqttDevice(appliance, device.token) as mqtt:
        return mqtt.is_connected and mqtt.publish({"x": 1})
