"""Client ids are free: two devices with the same client id do not affect each other."""

import pytest

from tests.integration.broker.raw_mqtt import PUBACK, TELEMETRY, RawDevice

ATTRIBUTES = "v1/devices/me/attributes"


@pytest.fixture
def other(broker, device_id):
    return broker.add_device("bob")


def publishes(device, payload):
    device.publish(payload)
    device.read_type(PUBACK)
    return True


@pytest.mark.parametrize("clean", [True, False])
def test_two_devices_with_one_client_id_do_not_take_over_each_others_session(
    broker, connected, device_id, other, version, clean
):
    first = connected("alice", "sensor", version=version, clean=clean)
    second = connected("bob", "sensor", version=version, clean=clean)

    assert publishes(first, b"of alice")
    assert publishes(second, b"of bob")
    assert broker.messages(device_id) == [(TELEMETRY, b"of alice")]
    assert broker.messages(other) == [(TELEMETRY, b"of bob")]
    assert broker.presence(device_id)[-1][0] == "connected"


def test_a_device_does_not_inherit_the_session_of_another(connected, other):
    first = connected("alice", "sensor", clean=False)
    first.subscribe(ATTRIBUTES)
    first.disconnect()

    assert not connected("bob", "sensor", clean=False).session_present
    assert connected("alice", "sensor", clean=False).session_present


def test_a_device_takes_over_its_own_session(broker, connected, device_id, version):
    first = connected("alice", "sensor", version=version)

    second = connected("alice", "sensor", version=version)

    assert first.is_closed_by_the_broker()
    assert publishes(second, b"1")
    assert [state for state, _ in broker.presence(device_id)] == [
        "connected", "disconnected", "connected",
    ]  # fmt: skip
    assert broker.presence(device_id)[1] == ("disconnected", "session taken over")


def test_a_device_may_have_several_connections(broker, connected, device_id):
    first = connected("alice", "one")
    second = connected("alice", "two")

    assert publishes(first, b"1")
    assert publishes(second, b"2")
    first.disconnect()
    assert [state for state, _ in broker.presence(device_id)] == ["connected"]
    second.disconnect()
    assert broker.last_presence(device_id) == ("disconnected", "client disconnected")


def test_a_device_can_reconnect_with_the_client_id_it_was_assigned(broker, device_id):
    with RawDevice(broker, version=5) as first:
        assert first.connect("alice", "", session_seconds=3600) == 0
        at = first.connack.index(device_id.encode())
        assigned = first.connack[at : at + len(f"{device_id}/auto-") + 36].decode()

    with RawDevice(broker, version=5) as second:
        assert second.connect("alice", assigned, clean=False, session_seconds=3600) == 0
        assert second.session_present


@pytest.mark.parametrize("client_id", ["x" * 60000, "ünïcödé", "a/b/c", "#", "+", "%s%n"])
def test_a_client_id_may_be_anything(broker, device_id, version, client_id):
    with RawDevice(broker, version=version) as device:
        assert device.connect("alice", client_id) == 0
        assert publishes(device, b"1")


def test_a_device_cannot_impersonate_another_by_its_client_id(broker, connected, device_id, other):
    first = connected("alice", "sensor")

    thief = connected("bob", f"{device_id}/sensor")

    assert publishes(first, b"of alice")
    assert publishes(thief, b"of bob")
    assert broker.messages(device_id) == [(TELEMETRY, b"of alice")]
