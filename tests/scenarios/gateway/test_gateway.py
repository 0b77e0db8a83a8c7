"""The story of a gateway: it may send for registered devices of its owner and for no others.

Every reading, sighting and rejection is visible within 5 s.
"""

import json
import secrets

from tests.harness.deadline import eventually
from tests.harness.mqtt_device import MqttDevice

TELEMETRY = "v1/gateway/telemetry"


def test_readings_of_its_owners_devices_are_stored_under_those_devices(appliance, alice):
    gateway = alice.new_device(gateway=True)
    meter = alice.new_device()

    with MqttDevice(appliance, gateway.token) as mqtt:
        assert mqtt.publish({"device": meter.name}, "v1/gateway/connect")
        assert mqtt.publish({meter.name: [{"litres": 12}]}, TELEMETRY)

        eventually(lambda: alice.value(meter, "litres") == 12, 5, "the meter's reading is stored")
        assert alice.row(meter)["status"] == "online"
        assert alice.value(gateway, "litres") is None
        assert mqtt.publish({"device": meter.name}, "v1/gateway/disconnect")


def test_an_unregistered_device_is_dropped_and_shown_to_the_admin(appliance, alice, admin):
    gateway = alice.new_device(gateway=True)
    meter = alice.new_device()
    unknown = f"unknown {secrets.token_hex(4)}"

    with MqttDevice(appliance, gateway.token) as mqtt:
        assert mqtt.publish({unknown: [{"x": 1}], meter.name: [{"x": 2}]}, TELEMETRY)

    eventually(lambda: alice.value(meter, "x") == 2, 5, "the registered device's reading is stored")

    def sighting():
        sightings = admin.api.document("/api/unregistered")
        return next((item for item in sightings if item["name"] == unknown), None)

    shown = eventually(sighting, 5, "the admin sees the unregistered device")
    assert shown["source"] == f"gateway {gateway.id}"
    assert json.loads(shown["sample"])


def test_a_device_of_another_user_gets_no_reading_from_the_gateway(appliance, alice, bob):
    gateway = alice.new_device(gateway=True)
    barrow = bob.new_device()

    with MqttDevice(appliance, gateway.token) as mqtt:
        assert mqtt.publish({barrow.name: [{"x": 1}]}, TELEMETRY)
        assert mqtt.publish({"y": 1})

    eventually(lambda: alice.value(gateway, "y") == 1, 5, "the gateway's own reading is stored")
    assert bob.value(barrow, "x") is None


def test_a_device_that_is_not_a_gateway_cannot_send_for_others(appliance, alice):
    device, meter = alice.new_device(), alice.new_device()

    with MqttDevice(appliance, device.token) as mqtt:
        assert mqtt.publish({meter.name: [{"x": 1}]}, TELEMETRY)
        assert mqtt.is_connected

    rejected = eventually(lambda: alice.rejected(device), 5, "the rejection is shown")
    assert "gateway" in rejected[0]["reason"]
    assert alice.value(meter, "x") is None
