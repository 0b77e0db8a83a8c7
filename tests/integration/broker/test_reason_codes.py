"""An MQTT 5 client library reports to its application why the broker refused or disconnected it."""

import paho.mqtt.client as paho
import pytest

from tests.harness.deadline import eventually
from tests.harness.mqtt_device import MqttDevice


def reason_after(broker, payload):
    """Publish *payload* and return the reason with which paho reports the disconnection."""
    with MqttDevice(broker, "alice", version=paho.MQTTv5) as device:
        assert not device.publish(payload)
        eventually(device.lost.is_set, 10, "paho reports the disconnection")
        return device.lost_because.getName()


def test_a_payload_that_is_too_large(broker, device_id):
    assert reason_after(broker, b"x" * 70_000) == "Packet too large"


def test_a_full_spool(idle_broker):
    idle_broker.add_device("alice")
    idle_broker.start("--ulimit", "fsize=1000")

    assert reason_after(idle_broker, b"x" * 2_000) == "Quota exceeded"


def test_a_token_that_is_no_longer_valid(broker, device_id):
    with MqttDevice(broker, "alice", version=paho.MQTTv5) as device:
        broker.open_registry().change([], [device_id])
        device.publish(b"1", qos=0)  # at once: within a second the broker would disconnect it

        eventually(device.lost.is_set, 10, "paho reports the disconnection")
        assert device.lost_because.getName() in ("Not authorized", "Administrative action")


@pytest.mark.parametrize(
    ("version", "reason"),
    [(paho.MQTTv311, "Server unavailable"), (paho.MQTTv5, "Server unavailable")],
    ids=["mqtt3", "mqtt5"],
)
def test_a_missing_registry_file(idle_broker, version, reason):
    idle_broker.start()

    with MqttDevice(idle_broker, "alice", version=version) as device:
        assert device.answer.getName() == reason
