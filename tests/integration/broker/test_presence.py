"""Presence: the spool has when a device connected, from where, when it disconnected, and why."""

from qlines.spool.frame import FrameKind
from tests.harness.deadline import eventually
from tests.integration.broker.raw_mqtt import RawDevice


def disconnect_reason(broker, device_id):
    return eventually(
        lambda: (
            broker.last_presence(device_id)[0] == "disconnected"
            and broker.last_presence(device_id)[1]
        ),
        10,
        "the device is disconnected",
    )


def test_the_first_frame_is_writer_started(broker):
    first = broker.frames()[0]

    assert (first.kind, first.device, first.topic, first.payload) == (
        FrameKind.WRITER_STARTED, "", "", b"",
    )  # fmt: skip


def test_connected_has_the_address(broker, connected, device_id):
    connected()

    assert broker.presence(device_id)[0][0] == "connected"
    assert broker.presence(device_id)[0][1].count(".") == 3


def test_a_device_disconnects(broker, connected, device_id, version):
    connected(version=version).disconnect()

    assert disconnect_reason(broker, device_id) == "client disconnected"


def test_a_device_closes_its_connection(broker, connected, device_id):
    connected().close()

    assert disconnect_reason(broker, device_id) == "connection closed by the device"


def test_a_device_exceeds_its_keepalive(broker, connected, device_id):
    connected(keepalive=1)

    assert disconnect_reason(broker, device_id) == "keepalive exceeded"


def test_a_device_violates_the_protocol(broker, connected, device_id):
    connected().send(b"\x36\x05\x00\x01a\x00\x01")

    assert disconnect_reason(broker, device_id) == "protocol error"


def test_a_connection_is_lost_in_the_middle_of_a_packet(broker, connected, device_id):
    device = connected()
    device.send(b"\x30\x20\x00\x05ab")
    device.close()

    assert disconnect_reason(broker, device_id) == "connection lost in the middle of a packet"


def test_an_unknown_token_has_no_presence(broker, device_id):
    with RawDevice(broker) as device:
        device.connect("nobody")

    assert broker.presence(device_id) == []
