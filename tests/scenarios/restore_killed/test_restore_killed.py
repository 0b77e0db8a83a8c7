"""The story of a restore that is killed halfway: what was there before serves on.

Killed while it loads, nothing was touched. Killed while it replaces the stores, the scheduler puts
back what was there, or the next start of the container does. A restore that is not disturbed
brings back the state of the backup, and what devices sent since, as far as Kafka still has it.
"""

import subprocess

import pytest

from tests.harness.backups import appliance_with
from tests.harness.deadline import eventually
from tests.harness.mqtt_device import MqttDevice
from tests.harness.people import new_person

PHASE = "cat /data/backup/restore.json 2>/dev/null || true"
# Kills the restore as soon as its journal says that phase; in the container, so without a delay.
KILL_AT = """
qlines backup restore latest --yes & restore=$!
until grep -q '"phase": "{phase}"' /data/backup/restore.json 2>/dev/null; do sleep 0.01; done
{and_then}
kill -KILL $restore
"""


@pytest.fixture
def story(volume, new_appliance):
    """Return an appliance, its owner, and a device that was added after the backup."""
    appliance = appliance_with(new_appliance, volume)
    owner = new_person(appliance, "owner")
    old = owner.new_device("before the backup")
    appliance.cli("backup", "create", seconds=240)
    new = owner.new_device("after the backup")
    with MqttDevice(appliance, old.token) as sender:
        assert sender.publish('{"level": 7}')
    eventually(lambda: owner.value(old, "level") == 7, 60, "the reading is stored")
    return appliance, owner, old, new


def serves_what_was_there(owner, old, new):
    return owner.row(new) is not None and owner.value(old, "level") == 7


def test_it_is_killed_undone_and_at_last_done(story):
    appliance, owner, old, new = story

    appliance.exec("sh", "-c", KILL_AT.format(phase="loading", and_then=""))
    assert serves_what_was_there(owner, old, new)

    appliance.exec(
        "sh", "-c", KILL_AT.format(phase="swapping", and_then="until [ -e"
        " /data/backup/replaced/mongodb ]; do sleep 0.01; done"),
    )  # fmt: skip
    eventually(lambda: appliance.exec("sh", "-c", PHASE) == "", 120, "the scheduler mended it")
    appliance.wait_ready()
    eventually(lambda: serves_what_was_there(owner, old, new), 60, "what was there serves")

    appliance.exec(
        "sh", "-c", KILL_AT.format(phase="swapping", and_then="until [ -e"
        " /data/backup/replaced/mongodb ]; do sleep 0.01; done"),
    )  # fmt: skip
    appliance.kill()
    appliance.start_again()
    appliance.wait_ready()
    eventually(lambda: serves_what_was_there(owner, old, new), 60, "what was there serves")
    assert appliance.exec("sh", "-c", PHASE) == ""

    subprocess.run(
        ["docker", "exec", appliance.name, "qlines", "backup", "restore", "latest", "--yes"],
        check=True, timeout=240,
    )  # fmt: skip
    appliance.wait_ready()
    eventually(lambda: owner.row(new) is None, 60, "the device added later is gone")
    eventually(lambda: owner.value(old, "level") == 7, 60, "Kafka still had the reading")
    appliance.wait_well()
