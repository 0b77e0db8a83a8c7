"""The story of two twins whose clocks are 5 s apart: side b's is behind.

The proxies report it (see twin_proxies). What a device sends to one side keeps the order in which
it came, on both sides; nothing is lost; and a lost side is replaced as fast as ever. The times of a
device that moves between the sides are wrong by the difference, which ha/README.md says.
"""

import pytest

from tests.harness.deadline import eventually
from tests.harness.mqtt_device import MqttDevice
from tests.harness.people import Person, new_person
from tests.harness.shifted_clock import ShiftedClock
from tests.harness.twins import Twins

BEHIND_SECONDS = 5
COUNT = 20


@pytest.fixture(scope="module")
def twins(image, network, tmp_path_factory):
    clock = ShiftedClock(tmp_path_factory.mktemp("clock"))
    clock.set(-BEHIND_SECONDS)
    twins = Twins(network, image, tmp_path_factory.mktemp("twins"), clock_of_b=clock)
    try:
        yield twins
    finally:
        twins.remove()


@pytest.fixture(scope="module")
def at_a(twins):
    """Return the owner at side a, after the pairing."""
    owner = new_person(twins.a.start(), "owner")
    twins.pair()
    return owner


@pytest.fixture(scope="module")
def at_b(twins, at_a):
    return Person(twins.b, at_a.email, at_a.password, at_a.key)


def send(appliance, device, numbers):
    with MqttDevice(appliance, device.token) as sender:
        for number in numbers:
            assert sender.publish({"n": number})


def in_order(appliance, device):
    """Return what is stored of a device, in the order of its times."""
    query = f"SELECT number FROM readings WHERE device = '{device.id}' AND key = 'n' ORDER BY ts"
    return appliance.numbers(query)


@pytest.mark.parametrize("side", ["a", "b"])
def test_what_came_to_one_side_is_in_order_on_both(twins, at_a, at_b, side):
    device = at_a.new_device(f"sends to {side}")
    eventually(lambda: at_b.row(device) is not None, 60, "both sides know the device")

    send(twins.sides[side], device, range(COUNT))

    for appliance in (twins.a, twins.b):
        eventually(
            lambda appliance=appliance: in_order(appliance, device) == list(range(COUNT)),
            60, "all is stored, in the order in which it came",
        )  # fmt: skip
    for person in (at_a, at_b):
        eventually(lambda person=person: person.value(device, "n") == COUNT - 1, 60, "the newest")


def test_a_device_that_moves_to_the_side_that_is_behind_loses_nothing(twins, at_a, at_b):
    device = at_a.new_device("moves")
    eventually(lambda: at_b.row(device) is not None, 60, "both sides know the device")

    sent = list(range(2 * COUNT))
    send(twins.a, device, sent[:COUNT])
    send(twins.b, device, sent[COUNT:])

    for appliance in (twins.a, twins.b):
        eventually(
            lambda appliance=appliance: sorted(in_order(appliance, device)) == sent,
            60, "all is stored",
        )  # fmt: skip
    assert in_order(twins.a, device) == in_order(twins.b, device)


def test_a_lost_side_is_replaced_by_the_one_that_is_behind(twins, at_a, at_b):
    twins.a.kill()

    twins.wait_active("b", 15)
    device = at_b.new_device("added after the loss")
    send(twins.b, device, [7])
    eventually(lambda: at_b.value(device, "n") == 7, 60, "b stores")
    twins.a.start_again()
    twins.wait_whole("b")
    eventually(lambda: at_a.value(device, "n") == 7, 60, "a has what b stored without it")
