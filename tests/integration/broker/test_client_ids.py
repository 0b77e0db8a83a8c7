"""Client ids are free: two devices with the same one do not know of each other."""

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
def test_two_devices_with_one_client_id_do_not_take_each_other_over(
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


def test_a_device_takes_its_own_session_over(broker, connected, device_id, version):
    first = connected("alice", "sensor", version=version)

    second = connected("alice", "sensor", version=version)

    assert first.is_closed_by_the_broker()
    assert publishes(second, b"1")
    assert [what for what, _ in broker.presence(device_id)] == [
        "connected", "disconnected", "connected",
    ]  # fmt: skip
    assert broker.presence(device_id)[1] == ("disconnected", "session taken over")


def test_a_device_may_have_several_connections(broker, connected, device_id):
    first = connected("alice", "one")
    second = connected("alice", "two")

    assert publishes(first, b"1")
    assert publishes(second, b"2")
    first.disconnect()
    assert [what for what, _ in broker.presence(device_id)] == ["connected"]
    second.disconnect()
    assert broker.last_presence(device_id) == ("disconnected", "client disconnected")


def test_a_device_that_was_given_its_id_comes_back_with_it(broker, device_id):
    with RawDevice(broker, version=5) as first:
        assert first.connect("alice", "", session_seconds=3600) == 0
        at = first.connack.index(device_id.encode())
        given = first.connack[at : at + len(f"{device_id}/auto-") + 36].decode()

    with RawDevice(broker, version=5) as second:
        assert second.connect("alice", given, clean=False, session_seconds=3600) == 0
        assert second.session_present


@pytest.mark.parametrize("client_id", ["x" * 60000, "ünïcödé", "a/b/c", "#", "+", "%s%n"])
def test_a_client_id_may_be_anything(broker, device_id, version, client_id):
    with RawDevice(broker, version=version) as device:
        assert device.connect("alice", client_id) == 0
        assert publishes(device, b"1")


def test_a_device_cannot_pose_as_another_by_its_client_id(broker, connected, device_id, other):
    first = connected("alice", "sensor")

    thief = connected("bob", f"{device_id}/sensor")

    assert publishes(first, b"of alice")
    assert publishes(thief, b"of bob")
    assert broker.messages(device_id) == [(TELEMETRY, b"of alice")]
