"""The story of one deleted device: it comes back alone, with its token, readings and attributes.

Everything else stays as it is now, and nothing stops for it. One whose name is taken by now is
refused.
"""

import pytest

from tests.harness.backups import report
from tests.harness.deadline import eventually
from tests.harness.docker import CommandError
from tests.harness.mqtt_device import MqttDevice


def test_a_deleted_device_comes_back_alone(killable_appliance, owner):
    appliance = killable_appliance
    pump, other, taken = (owner.new_device(name) for name in ("pump", "other", "taken"))
    with MqttDevice(appliance, pump.token) as sender:
        assert sender.publish('{"level": 7}')
    eventually(lambda: len(owner.history(pump, "level")) == 1, 60, "the reading is stored")
    appliance.cli("backup", "create", seconds=240)
    for device in (pump, other, taken):
        appliance.cli("device", "remove", device.id)
    for table in ("points", "latest"):
        appliance.exec_sql(f"ALTER TABLE {table} DELETE WHERE device = '{pump.id}'")
    assert owner.row(pump) is None

    restore(appliance, pump)

    eventually(lambda: owner.value(pump, "level") == 7, 60, "its value is on the page")
    assert [value for _, value in owner.history(pump, "level")] == [7]
    assert owner.row(other) is None
    with MqttDevice(appliance, pump.token) as sender:
        assert sender.publish('{"level": 8}')
    eventually(lambda: owner.value(pump, "level") == 8, 60, "its token works")

    owner.new_device("taken")
    with pytest.raises(CommandError, match="taken"):
        restore(appliance, taken)
    assert report(appliance)["failed_restore"] is None, "what was refused replaced nothing"


def restore(appliance, device):
    appliance.cli("backup", "restore", "latest", "--only", f"device:{device.id}", seconds=240)
