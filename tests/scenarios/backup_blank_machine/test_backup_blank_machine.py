"""The story of a machine that is lost: a backup made under load comes back on a blank one.

Ten devices have sent messages that are stored, that wait in Kafka because the writer does not run,
and that wait in the spool because ingest does not; they continue while the backup is made. The
container and its volume are removed. A new container with the repository and its password restores
the backup: every message that was acknowledged before it began is there, none twice, people sign in
and devices send with what they had. The copy of that backup in a second place does the same for a
third container. In both places the secrets have a password of their own.
"""

from typing import NamedTuple

import pytest

from tests.harness.appliance import Appliance
from tests.harness.backups import appliance_with
from tests.harness.deadline import assert_none_lost, eventually
from tests.harness.docker import CommandError
from tests.harness.load_generator import Load, stored_numbers
from tests.harness.mqtt_device import MqttDevice
from tests.harness.people import Device, Person, new_person

TWICE = "SELECT count() - uniqExact(device, key, ts) AS twice FROM readings WHERE key = 'seq'"
STORED, IN_KAFKA, IN_SPOOL, WHILE = 0, 1_000_000, 2_000_000, 3_000_000  # first numbers
SECOND = "/repository/second"
OWN = {"QLINES_BACKUP_SECRETS_PASSWORD": "another password"}


class Lost(NamedTuple):
    """What is known of the machine that is gone."""

    acknowledged: set[int]  # before the backup began
    backup: str
    secret_key: str
    owner: Person
    device: Device


@pytest.fixture(scope="module")
def lost(image, volume, tmp_path_factory):
    """Back a machine up under load, remove it with its volume, and return what is known of it."""
    second = {"QLINES_BACKUP_SECOND_REPOSITORY": SECOND}
    machine = Appliance(
        image, options=volume.options(), environment=volume.environment() | OWN | second
    )
    try:
        return back_up_under_load(machine.start(), tmp_path_factory.mktemp("lost"))
    finally:
        machine.remove()


def back_up_under_load(machine, folder):
    owner = new_person(machine, "owner")
    devices = [owner.new_device() for _ in range(10)]
    before = send(machine, devices, folder, STORED)
    eventually(lambda: not before - stored_numbers(machine), 60, "these are stored")
    machine.supervisor("stop", "writer")
    before |= send(machine, devices, folder, IN_KAFKA)
    machine.supervisor("stop", "ingest")
    before |= send(machine, devices, folder, IN_SPOOL)
    load = start(machine, devices, folder, WHILE, seconds=300)
    try:
        made = machine.cli("backup", "create", seconds=240)
        load.interrupt()
    finally:
        load.stop()
    assert (made["counts"]["users"], made["counts"]["devices"]) == (2, 10)
    assert len(load.acknowledged()) > 100, "devices could not send while the backup was made"
    return Lost(before, made["id"], machine.secret("secret_key"), owner, devices[0])


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


def test_what_was_acknowledged_before_the_backup_comes_back(lost, volume, new_appliance):
    blank = appliance_with(new_appliance, volume, **OWN)

    restored = blank.cli("backup", "restore", "latest", seconds=240)

    assert restored["id"] == lost.backup
    blank.wait_ready()
    assert_none_lost(lost.acknowledged, lambda: stored_numbers(blank, count=WHILE), seconds=60)
    assert blank.numbers(TWICE) == [0]
    assert_people_and_devices_go_on(blank, lost.owner, lost.device)


def test_a_copy_in_a_second_place_restores_too_with_a_password_for_its_secrets(
    lost, volume, new_appliance
):
    blank = appliance_with(new_appliance, volume, QLINES_BACKUP_REPOSITORY=SECOND, **OWN)

    with pytest.raises(CommandError, match="does not open the repository /repository/second-secr"):
        blank.exec(
            "env", "QLINES_BACKUP_SECRETS_PASSWORD=a wrong one", "qlines", "backup", "restore",
            "latest", seconds=240,
        )  # fmt: skip
    assert blank.secret("secret_key") != lost.secret_key

    blank.cli("backup", "restore", "latest", seconds=240)
    assert blank.wait_ready().secret("secret_key") == lost.secret_key
