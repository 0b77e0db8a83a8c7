"""Exactly once: a QoS 2 message that is sent again before its PUBREL is stored once."""

import pytest

from tests.integration.broker.raw_mqtt import PUBACK, PUBREC, TELEMETRY

ONE = [(TELEMETRY, b"1")]


def send(device, payload=b"1", *, message_id=1, is_duplicate=False, release=False):
    device.publish(payload, qos=2, message_id=message_id, is_duplicate=is_duplicate)
    assert device.read_type(PUBREC)[:2] == bytes([0, message_id])
    if release:
        device.release(message_id)


def test_a_message_sent_again_before_its_release_is_stored_once(broker, connected, version):
    device = connected(version=version)

    send(device)
    send(device, is_duplicate=True, release=True)

    assert broker.messages() == ONE


def test_a_message_sent_again_after_a_reconnect_is_stored_once(broker, connected, version):
    device = connected(client_id="kept", clean=False, version=version, session_seconds=600)
    send(device)
    device.close()

    reconnected = connected(client_id="kept", clean=False, version=version, session_seconds=600)
    send(reconnected, is_duplicate=True, release=True)

    assert broker.messages() == ONE
    broker.wait_for_heartbeat()
    assert broker.counter("deduplicated") == 1


def test_a_message_sent_again_after_a_clean_start_is_a_new_message(broker, connected):
    device = connected(client_id="forgotten")
    send(device)
    device.close()

    send(connected(client_id="forgotten"), is_duplicate=True, release=True)

    assert broker.messages() == ONE * 2


def test_the_same_message_id_may_carry_the_next_message(broker, connected, version):
    device = connected(version=version)

    send(device, b"1", release=True)
    send(device, b"1", release=True)
    send(device, b"2", release=True)

    assert broker.messages() == [*ONE, *ONE, (TELEMETRY, b"2")]


def test_another_message_with_the_dup_flag_is_stored(broker, connected):
    device = connected()

    send(device, b"1")
    send(device, b"2", is_duplicate=True, release=True)

    assert broker.messages() == [*ONE, (TELEMETRY, b"2")]


def test_duplicates_of_two_devices_are_kept_apart(broker, connected, device_id):
    other = broker.add_device("bob")
    send(connected("alice", "same"))

    send(connected("bob", "same"), is_duplicate=True)

    assert broker.messages(device_id) == ONE
    assert broker.messages(other) == ONE


def test_a_duplicate_with_qos_1_is_acknowledged_again(broker, connected):
    device = connected()

    device.publish(b"1")
    device.read_type(PUBACK)
    device.publish(b"1", is_duplicate=True)
    device.read_type(PUBACK)

    assert broker.messages() == ONE * 2


@pytest.mark.parametrize("count", [1, 200])
def test_many_messages_may_be_in_flight(broker, connected, count):
    device = connected()

    for number in range(count):
        device.publish(b"%d" % number, qos=2, message_id=number + 1)
    for _ in range(count):
        device.read_type(PUBREC)
    for number in range(count):
        device.release(number + 1)

    assert [payload for _, payload in broker.messages()] == [b"%d" % n for n in range(count)]
