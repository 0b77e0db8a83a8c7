"""A QoS 2 message that is sent again before its sender knew that we had it is stored once."""

import pytest

from tests.integration.broker.raw_mqtt import PUBACK, PUBREC, TELEMETRY

ONE = [(TELEMETRY, b"1")]


def send(device, payload=b"1", *, message_id=1, again=False, release=False):
    device.publish(payload, qos=2, message_id=message_id, again=again)
    assert device.read_type(PUBREC)[:2] == bytes([0, message_id])
    if release:
        device.release(message_id)


def test_a_message_repeated_before_its_release_is_stored_once(broker, connected, version):
    device = connected(version=version)

    send(device)
    send(device, again=True, release=True)

    assert broker.messages() == ONE


def test_a_message_repeated_after_a_reconnect_is_stored_once(broker, connected, version):
    device = connected(client_id="kept", clean=False, version=version, session_seconds=600)
    send(device)
    device.close()

    again = connected(client_id="kept", clean=False, version=version, session_seconds=600)
    send(again, again=True, release=True)

    assert broker.messages() == ONE
    broker.wait_until_it_turns()
    assert broker.counter("repeated") == 1


def test_a_message_repeated_after_a_clean_start_is_a_new_one(broker, connected):
    device = connected(client_id="forgotten")
    send(device)
    device.close()

    send(connected(client_id="forgotten"), again=True, release=True)

    assert broker.messages() == ONE * 2


def test_the_same_message_id_may_carry_the_next_message(broker, connected, version):
    device = connected(version=version)

    send(device, b"1", release=True)
    send(device, b"1", release=True)
    send(device, b"2", release=True)

    assert broker.messages() == [*ONE, *ONE, (TELEMETRY, b"2")]


def test_another_message_that_claims_to_be_a_repetition_is_stored(broker, connected):
    device = connected()

    send(device, b"1")
    send(device, b"2", again=True, release=True)

    assert broker.messages() == [*ONE, (TELEMETRY, b"2")]


def test_repetitions_of_two_devices_are_not_mixed_up(broker, connected, device_id):
    other = broker.add_device("bob")
    send(connected("alice", "same"))

    send(connected("bob", "same"), again=True)

    assert broker.messages(device_id) == ONE
    assert broker.messages(other) == ONE


def test_a_repeated_message_of_qos_1_is_acknowledged_again(broker, connected):
    device = connected()

    device.publish(b"1")
    device.read_type(PUBACK)
    device.publish(b"1", again=True)
    device.read_type(PUBACK)

    assert broker.messages() == ONE * 2


@pytest.mark.parametrize("count", [1, 200])
def test_many_messages_may_be_under_way(broker, connected, count):
    device = connected()

    for number in range(count):
        device.publish(b"%d" % number, qos=2, message_id=number + 1)
    for _ in range(count):
        device.read_type(PUBREC)
    for number in range(count):
        device.release(number + 1)

    assert [payload for _, payload in broker.messages()] == [b"%d" % n for n in range(count)]
