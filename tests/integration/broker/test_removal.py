"""A removed device, or one whose token was replaced, is disconnected at once, even when silent."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.harness.deadline import eventually
from tests.integration.broker.raw_mqtt import PUBACK, ClosedError, RawDevice


def closed_with(device):
    """Return the reason code of the DISCONNECT; None for MQTT 3.1.1, which has no such packet."""
    try:
        kind, _, body = device.read()
        assert kind == 14
        assert device.is_closed_by_the_broker()
        return body[0]
    except ClosedError:
        return None


def expected(version):
    return {4: [None], 5: [0x87, 0x98]}[version]


def test_a_removed_device_is_closed_within_seconds(broker, connected, device_id, version):
    device = connected(version=version)

    broker.open_registry().change([], [device_id])

    eventually(lambda: broker.last_presence(device_id)[0] == "disconnected", 2.5, "it is closed")
    assert closed_with(device) in expected(version)
    assert broker.last_presence(device_id) == ("disconnected", "device removed")


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_its_next_message_is_refused(broker, connected, device_id, version, qos):
    device = connected(version=version)
    broker.open_registry().change([], [device_id])

    device.publish(b"1", qos=qos)

    assert closed_with(device) in expected(version)
    assert broker.messages() == []


def test_it_cannot_reconnect(broker, connected, device_id):
    connected()
    broker.open_registry().change([], [device_id])

    with RawDevice(broker) as device:
        assert device.connect("alice") == 5


def test_a_replaced_token_closes_its_connection(broker, connected, device_id):
    device = connected()

    broker.put_device(device_id, "new token")

    assert device.is_closed_by_the_broker()
    assert broker.last_presence(device_id) == ("disconnected", "token no longer valid")
    with RawDevice(broker) as later:
        assert later.connect("new token") == 0


def test_an_old_token_closes_when_it_expires(broker, connected, device_id):
    device = connected()
    soon = datetime.now(UTC) + timedelta(seconds=2)

    broker.put_device(device_id, "new token", old_tokens=[{"token": "alice", "expires_at": soon}])

    device.publish(b"still accepted")
    device.read_type(PUBACK)
    assert device.is_closed_by_the_broker()
    assert datetime.now(UTC) > soon


def test_the_other_token_of_the_device_stays_valid(broker, connected, device_id):
    later = datetime.now(UTC) + timedelta(hours=1)
    broker.put_device(device_id, "new", old_tokens=[{"token": "alice", "expires_at": later}])
    old, new = connected("alice"), connected("new")

    broker.put_device(device_id, "new")

    assert old.is_closed_by_the_broker()
    new.publish(b"1")
    new.read_type(PUBACK)
    assert broker.last_presence(device_id)[0] == "connected"


def test_a_token_that_moved_to_another_device_closes_the_first(broker, connected, device_id):
    device = connected()

    broker.put_device(device_id, "elsewhere")
    broker.put_device(f"{99:024x}", "alice")

    assert device.is_closed_by_the_broker()


def test_changes_to_other_devices_close_nothing(broker, connected, device_id):
    device = connected()

    for number in range(200):
        broker.add_device(f"token {number}")
        device.publish(b"1", message_id=number + 1)
        device.read_type(PUBACK)

    assert len(broker.messages(device_id)) == 200


def test_a_hundred_devices_removed_at_once_are_all_closed(broker, connected):
    devices = [broker.add_device(f"token {number}") for number in range(100)]
    connections = [connected(f"token {number}") for number in range(100)]

    broker.open_registry().rebuild([], 2)

    assert all(connection.is_closed_by_the_broker() for connection in connections)
    assert {broker.last_presence(device)[1] for device in devices} == {"device removed"}
    eventually(lambda: broker.counter("kicked") >= 100, 5, "they are counted")
