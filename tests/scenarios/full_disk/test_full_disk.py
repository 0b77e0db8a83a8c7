"""The story of a full spool: new messages are refused, and accepted again once there is room.

A refused message gets no PUBACK and its connection is closed; HTTP answers 503. Nothing that was
acknowledged is lost. Within 60 s after Kafka is back, or the disk has room, messages are accepted
again without help.
"""

import pytest
import requests

from tests.harness.appliance import Appliance
from tests.harness.deadline import PATIENCE, assert_none_lost, eventually
from tests.harness.mqtt_device import MqttDevice
from tests.harness.people import new_person


@pytest.fixture(scope="module")
def small(image):
    """Yield an appliance with a spool quota of 1 MiB."""
    appliance = Appliance(image, environment={"QLINES_SPOOL_LIMIT_MB": "1"})
    try:
        yield appliance.start()
    finally:
        appliance.remove()


def test_senders_are_refused_at_the_quota_and_accepted_when_there_is_room(small, tmp_path):
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
                assert acknowledged < 100, "6 MB were accepted, the quota is 1 MB"
            assert mqtt.lost.wait(5 * PATIENCE)
        assert acknowledged > 5
        eventually(
            lambda: requests.post(url, json=block, timeout=10).status_code == 503, 10,
            "HTTP refuses messages too",
        )  # fmt: skip
        with MqttDevice(small, device.token) as again:
            assert not again.publish(block)
    finally:
        small.supervisor("start", "kafka")

    eventually(lambda: is_accepted(small, device), 60, "MQTT accepts messages again")
    eventually(
        lambda: requests.post(url, json={"x": 1}, timeout=10).status_code == 200, 10,
        "HTTP accepts messages again",
    )  # fmt: skip
    query = f"SELECT number FROM readings WHERE device = '{device.id}' AND key = 'number'"
    assert_none_lost(
        set(range(acknowledged)), lambda: set(map(int, small.numbers(query))), seconds=30
    )


# Only what writes a gigabyte within a second comes before the guard: see test_disk_guard.py.
@pytest.mark.long
def test_a_full_disk_refuses_messages_and_recovers_when_space_is_freed(new_appliance):
    disk = ("--opt", "type=tmpfs", "--opt", "device=tmpfs", "--opt", "o=size=1g,uid=7010")
    appliance = new_appliance(volume_options=disk).start()
    owner = new_person(appliance, "owner")
    device = owner.new_device()

    appliance.exec("sh", "-c", "head -c 2G /dev/zero >/data/ballast 2>/dev/null || true")
    eventually(lambda: not is_accepted(appliance, device), 20, "messages are refused")
    eventually(lambda: appliance.health("deep").status_code == 503, 20, "the health report is bad")
    appliance.exec("rm", "/data/ballast")

    eventually(lambda: is_accepted(appliance, device), 60, "MQTT accepts messages again")
    appliance.wait_well()  # MongoDB ends itself when it cannot write, and is started again
    eventually(lambda: owner.value(device, "x") == 1, 60, "the message is stored")


def is_accepted(appliance, device):
    with MqttDevice(appliance, device.token) as mqtt:
        return mqtt.is_connected and mqtt.publish({"x": 1})
