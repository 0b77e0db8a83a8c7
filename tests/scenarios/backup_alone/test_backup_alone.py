"""The story of one deleted device: it comes back alone, with its token, readings and attributes.

Everything else stays as it is now, and nothing stops for it.
"""

import pytest

from tests.harness.backups import appliance_with
from tests.harness.deadline import eventually
from tests.harness.docker import CommandError
from tests.harness.mqtt_device import MqttDevice
from tests.harness.people import new_person


def test_a_deleted_device_comes_back_alone(volume, new_appliance):
    appliance = appliance_with(new_appliance, volume)
    owner = new_person(appliance, "owner")
    pump, other = owner.new_device("pump"), owner.new_device("other")
    with MqttDevice(appliance, pump.token) as sender:
        assert sender.publish('{"level": 7}')
    eventually(lambda: len(owner.history(pump, "level")) == 1, 60, "the reading is stored")
    appliance.cli("backup", "create", seconds=240)
    appliance.cli("device", "remove", pump.id)
    appliance.cli("device", "remove", other.id)
    appliance.exec_sql(f"ALTER TABLE points DELETE WHERE device = '{pump.id}'")
    appliance.exec_sql(f"ALTER TABLE latest DELETE WHERE device = '{pump.id}'")
    assert owner.row(pump) is None

    appliance.cli("backup", "restore", "latest", "--only", f"device:{pump.id}", seconds=240)

    eventually(lambda: owner.value(pump, "level") == 7, 60, "its value is on the page")
    assert [value for _, value in owner.history(pump, "level")] == [7]
    assert owner.row(other) is None
    with MqttDevice(appliance, pump.token) as sender:
        assert sender.publish('{"level": 8}')
    eventually(lambda: owner.value(pump, "level") == 8, 60, "its token works")


def test_a_name_that_is_taken_meanwhile_is_said(volume, new_appliance):
    appliance = appliance_with(new_appliance, volume)
    owner = new_person(appliance, "owner")
    pump = owner.new_device("pump")
    appliance.cli("backup", "create", seconds=240)
    appliance.cli("device", "remove", pump.id)
    owner.new_device("pump")

    with pytest.raises(CommandError, match="pump"):
        appliance.cli("backup", "restore", "latest", "--only", f"device:{pump.id}", seconds=240)
