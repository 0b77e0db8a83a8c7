"""The story of a machine that is lost: a backup made under load comes back on a blank one.

Ten devices have sent messages that are stored, that wait in Kafka because the writer does not run,
and that wait in the spool because ingest does not; they continue while the backup is made. The
container and its volume are removed. A new container with the repository and its password restores
the backup: every message that was acknowledged before it began is there, none twice, people sign in
and devices send with what they had.
"""

import pytest

from tests.harness.backups import appliance_with
from tests.harness.deadline import assert_none_lost, eventually
from tests.harness.docker import CommandError
from tests.harness.load_generator import Load, stored_numbers
from tests.harness.mqtt_device import MqttDevice
from tests.harness.people import Person, new_person

TWICE = "SELECT count() - uniqExact(device, key, ts) AS twice FROM readings WHERE key = 'seq'"
STORED, IN_KAFKA, IN_SPOOL, WHILE = 0, 1_000_000, 2_000_000, 3_000_000  # first numbers


def test_what_was_acknowledged_before_the_backup_comes_back(volume, new_appliance, tmp_path):
    lost = appliance_with(new_appliance, volume)
    owner = new_person(lost, "owner")
    devices = [owner.new_device() for _ in range(10)]
    before = send(lost, devices, tmp_path, STORED)
    eventually(lambda: not before - stored_numbers(lost), 60, "these are stored")
    lost.supervisor("stop", "writer")
    before |= send(lost, devices, tmp_path, IN_KAFKA)
    lost.supervisor("stop", "ingest")
    before |= send(lost, devices, tmp_path, IN_SPOOL)
    load = start(lost, devices, tmp_path, WHILE, seconds=300)
    try:
        made = lost.cli("backup", "create", seconds=240)
        load.interrupt()
    finally:
        load.stop()
    assert (made["counts"]["users"], made["counts"]["devices"]) == (2, 10)
    assert len(load.acknowledged()) > 100, "devices could not send while the backup was made"
    lost.remove()

    blank = appliance_with(new_appliance, volume)
    restored = blank.cli("backup", "restore", "latest", seconds=240)

    assert restored["id"] == made["id"]
    blank.wait_ready()
    assert_none_lost(before, lambda: stored_numbers(blank, count=WHILE), seconds=60)
    assert blank.numbers(TWICE) == [0]
    assert_people_and_devices_go_on(blank, owner, devices[0])


def start(appliance, devices, folder, first, *, seconds):
    return Load(
        appliance.mqtt_port, [device.token for device in devices], folder,
        "--connections", "10", "--rate", "500", "--seconds", str(seconds),
        "--first-seq", str(first), name=f"load{first}",
    )  # fmt: skip


def send(appliance, devices, folder, first):
    """Send for three seconds; return the numbers that were acknowledged."""
    load = start(appliance, devices, folder, first, seconds=3)
    load.wait()
    assert len(load.acknowledged()) > 1_000
    return load.acknowledged()


def assert_people_and_devices_go_on(blank, owner, device):
    """Use a password, an API key and a token of the lost machine; the canary is well."""
    back = Person(blank, owner.email, owner.password, owner.key)
    assert back.browser().get("/devices").status_code == 200
    with MqttDevice(blank, device.token) as sender:
        assert sender.publish('{"after": 42}')
    eventually(lambda: back.value(device, "after") == 42, 60, "a new reading is on the page")
    blank.wait_well()


def test_a_copy_in_a_second_place_restores_too_with_a_password_for_its_secrets(
    volume, new_appliance
):
    own, second = {"QLINES_BACKUP_SECRETS_PASSWORD": "another password"}, "/repository/second"
    lost = appliance_with(new_appliance, volume, QLINES_BACKUP_SECOND_REPOSITORY=second, **own)
    secret_key = lost.secret("secret_key")
    lost.cli("backup", "create", seconds=240)
    lost.remove()
    blank = appliance_with(new_appliance, volume, QLINES_BACKUP_REPOSITORY=second, **own)

    with pytest.raises(CommandError, match="does not open the repository /repository/second-secr"):
        blank.exec(
            "env", "QLINES_BACKUP_SECRETS_PASSWORD=a wrong one", "qlines", "backup", "restore",
            "latest", seconds=240,
        )  # fmt: skip
    assert blank.secret("secret_key") != secret_key

    blank.cli("backup", "restore", "latest", seconds=240)
    assert blank.wait_ready().secret("secret_key") == secret_key
