"""The story of two twins of which one is lost: its devices, users and readings are with the other.

Side a has been alone, with an owner and a device, and is paired. Each side then has what was sent
to either. Side a is killed: side b becomes active, a device is added there, and its readings are
stored. Side a returns as the standby, and has both.
"""

import pytest

from tests.harness.deadline import eventually
from tests.harness.mqtt_device import MqttDevice
from tests.harness.people import Person, new_person
from tests.harness.twins import Twins


@pytest.fixture(scope="module")
def twins(image, network, tmp_path_factory):
    twins = Twins(network, image, tmp_path_factory.mktemp("twins"))
    try:
        yield twins
    finally:
        twins.remove()


@pytest.fixture(scope="module")
def owner(twins):
    """Return the owner at side a, after the pairing."""
    owner = new_person(twins.a.start(), "owner")
    owner.new_device("pump")
    twins.pair()
    return owner


@pytest.fixture(scope="module")
def at_b(twins, owner):
    """Return the same owner, who uses side b."""
    return Person(twins.b, owner.email, owner.password, owner.key)


def send(appliance, device, key, number):
    with MqttDevice(appliance, device.token) as sender:
        assert sender.publish(f'{{"{key}": {number}}}')


def test_users_and_devices_of_before_are_on_both_sides(owner, at_b):
    assert at_b.api.document("/api/data")["total"] == owner.api.document("/api/data")["total"] == 1
    assert at_b.browser().get("/devices").status_code == 200


def test_each_side_has_what_was_sent_to_the_other(twins, owner, at_b):
    device = owner.new_device("sends to both")
    send(twins.a, device, "to_a", 1)
    eventually(lambda: at_b.value(device, "to_a") == 1, 60, "b has what was sent to a")
    send(twins.b, device, "to_b", 2)
    eventually(lambda: owner.value(device, "to_b") == 2, 60, "a has what was sent to b")


def test_when_the_active_side_is_lost_the_other_one_serves(twins, owner, at_b):
    before = owner.new_device("added before the loss")
    eventually(lambda: at_b.row(before) is not None, 60, "b knows the device")
    twins.a.kill()

    twins.wait_active("b")
    after = at_b.new_device("added after the loss")
    for device in (before, after):
        send(twins.b, device, "level", 7)
        eventually(lambda: at_b.value(device, "level") == 7, 60, "b stores")  # noqa: B023 - waited for at once

    twins.a.start_again()
    twins.wait_whole("b")
    twins.a.wait_ready()
    assert twins.report("a")["role"] == "standby"
    eventually(lambda: owner.row(after) is not None, 60, "a knows the device")
    eventually(lambda: owner.value(after, "level") == 7, 60, "a has what b stored without it")


def test_a_drain_makes_the_other_side_active(twins, owner, at_b):
    twins.b.exec("qlines", "drain")

    twins.wait_active("a")
    assert twins.b.health("ready").json()["status"] == "draining"
    twins.b.exec("qlines", "resume")
    twins.b.wait_ready()
    twins.wait_whole("a")
    device = owner.new_device("added after the drain")
    eventually(lambda: at_b.row(device) is not None, 60, "b knows the device")
