"""What is on the way to thousands of devices is looked at a few at a time, each in its turn."""

import pytest

from qlines.downlink.wire import Result
from tests.unit.broker.connected_devices import Devices

DEVICES = 1_000
LOOKS_PER_TURN = 200
ROUND = DEVICES // LOOKS_PER_TURN


@pytest.fixture
def devices(plugin, published):
    """Connect all devices, with a message on the way to each."""
    devices = Devices(plugin, published, DEVICES)
    for number in range(DEVICES):
        devices.order(number)
    devices.turn(2)
    assert devices.results(Result.WRITTEN) == DEVICES
    yield devices
    devices.disconnect()


def test_no_more_than_some_are_looked_at_in_one_turn(devices):
    before = sum(devices.all_looks())

    devices.turn()

    assert sum(devices.all_looks()) - before == LOOKS_PER_TURN


def test_each_has_its_turn(devices):
    before = devices.all_looks()

    devices.turn(ROUND)

    looks = [after - earlier for after, earlier in zip(devices.all_looks(), before, strict=True)]
    assert looks == [1] * DEVICES


def test_all_are_found_to_be_delivered(devices):
    for number in range(DEVICES):
        devices.acknowledge(number)

    devices.turn(ROUND)

    assert devices.results(Result.DELIVERED) == DEVICES


def test_a_new_message_is_looked_up_in_the_next_turn_whoever_waits(devices):
    devices.order(DEVICES - 1)
    devices.turn_at_once()
    before = devices.all_looks()

    devices.turn_at_once()

    looks = devices.all_looks()
    assert [at for at in range(DEVICES) if looks[at] > before[at]] == [DEVICES - 1]


def test_a_session_that_ends_is_in_no_list_any_more(devices):
    devices.order(7)
    devices.turn_at_once()
    assert (devices.watched(), devices.with_new()) == (DEVICES, 1)

    devices.end_session(7)

    assert (devices.watched(), devices.with_new()) == (DEVICES - 1, 0)
    devices.turn(2 * ROUND)
    assert devices.results(Result.ENDED) == 2
