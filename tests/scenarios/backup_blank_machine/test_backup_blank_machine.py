"""The story of a machine that is lost: a backup made under load comes back on a blank one.

Ten devices send 500 messages a second while the backup is made; nothing stops for it. The container
and its volume are removed. A new container with the repository and its password restores the
backup: every message that was acknowledged before the backup began is there, none twice, people
sign in and devices send with what they had, and the report says what was restored.
"""

import pytest

from tests.harness.backups import appliance_with
from tests.harness.deadline import eventually
from tests.harness.load_generator import Load, stored_numbers
from tests.harness.mqtt_device import MqttDevice
from tests.harness.people import Person, new_person

TWICE = "SELECT count() - uniqExact(device, key, ts) AS twice FROM readings WHERE key = 'seq'"


def test_what_was_acknowledged_before_the_backup_comes_back(volume, new_appliance, tmp_path):
    lost = appliance_with(new_appliance, volume)
    owner = new_person(lost, "owner")
    devices = [owner.new_device() for _ in range(10)]
    load = Load(
        lost.mqtt_port, [device.token for device in devices], tmp_path,
        "--connections", "10", "--rate", "500", "--seconds", "200",
    )  # fmt: skip
    try:
        eventually(lambda: len(stored_numbers(lost)) > 2_000, 60, "messages are stored")
        before = load.acknowledged()
        made = lost.cli("backup", "create", seconds=240)
        load.interrupt()
    finally:
        load.stop()
    assert made["counts"]["devices"] >= 10
    assert load.acknowledged() > before, "no message was acknowledged while the backup was made"
    lost.remove()

    blank = appliance_with(new_appliance, volume)
    restored = blank.cli("backup", "restore", "latest", seconds=240)

    assert restored["id"] == made["id"]
    blank.wait_ready()
    eventually(lambda: not before - stored_numbers(blank), 60, "what waited in spool and Kafka")
    assert blank.numbers(TWICE) == [0]
    assert_people_and_devices_go_on(blank, owner, devices[0])


def assert_people_and_devices_go_on(blank, owner, device):
    """Use a password, an API key and a token of the lost machine; the canary is well."""
    back = Person(blank, owner.email, owner.password, owner.key)
    assert back.browser().get("/devices").status_code == 200
    with MqttDevice(blank, device.token) as sender:
        assert sender.publish('{"after": 42}')
    eventually(lambda: back.value(device, "after") == 42, 60, "a new reading is on the page")
    blank.wait_well()


def test_the_secrets_may_have_a_password_of_their_own(volume, new_appliance):
    own = {"QLINES_BACKUP_SECRETS_PASSWORD": "another password"}
    lost = appliance_with(new_appliance, volume, **own)
    secret_key = lost.secret("secret_key")
    lost.cli("backup", "create", seconds=240)
    lost.remove()

    blank = appliance_with(new_appliance, volume, QLINES_BACKUP_SECRETS_PASSWORD="a wrong one")
    with pytest.raises(Exception, match="does not open the repository /repository/backups-secrets"):
        blank.cli("backup", "restore", "latest", seconds=240)
    assert blank.secret("secret_key") != secret_key
    blank.remove(keep_volume=False)

    right = appliance_with(new_appliance, volume, **own)
    right.cli("backup", "restore", "latest", seconds=240)
    assert right.wait_ready().secret("secret_key") == secret_key
