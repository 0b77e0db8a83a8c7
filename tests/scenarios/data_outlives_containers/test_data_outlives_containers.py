"""The story of a volume: acknowledged messages survive a kill and a new container."""

from tests.harness.deadline import assert_none_lost, eventually
from tests.harness.mqtt_device import MqttDevice


def test_readings_devices_and_users_survive_a_kill_and_a_new_container(killable_appliance, owner):
    appliance = killable_appliance
    device = owner.new_device()
    with MqttDevice(appliance, device.token) as mqtt:
        assert mqtt.publish({"early": 1})
        eventually(lambda: owner.value(device, "early") == 1, 10, "a reading is visible")
        # Acknowledged just before the end: in the spool, and perhaps nowhere else yet.
        assert all(mqtt.publish({"number": number}, qos=1) for number in range(200))

        appliance.kill()
        appliance.remove(keep_volume=True)
        appliance.start()

    query = f"SELECT number FROM readings WHERE device = '{device.id}' AND key = 'number'"
    assert_none_lost(set(range(200)), lambda: set(map(int, appliance.numbers(query))), seconds=20)
    assert owner.value(device, "early") == 1
    with MqttDevice(appliance, device.token) as mqtt:
        assert mqtt.publish({"late": 2})
    eventually(lambda: owner.value(device, "late") == 2, 5, "the device's token still works")
    assert owner.browser().get("/devices").status_code == 200
