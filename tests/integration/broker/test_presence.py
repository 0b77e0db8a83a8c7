"""The spool says when a device came, from where, when it went, and why."""

from qlines.spool.frame import FrameKind
from tests.harness.deadline import eventually
from tests.integration.broker.raw_mqtt import RawDevice


def gone_because(broker, device_id):
    return eventually(
        lambda: (
            broker.last_presence(device_id)[0] == "disconnected"
            and broker.last_presence(device_id)[1]
        ),
        10,
        "the device is gone",
    )


def test_it_says_that_a_writer_started(broker):
    first = broker.frames()[0]

    assert (first.kind, first.device, first.topic, first.payload) == (
        FrameKind.WRITER_STARTED, "", "", b"",
    )  # fmt: skip


def test_it_says_from_where_a_device_came(broker, connected, device_id):
    connected()

    assert broker.presence(device_id)[0][0] == "connected"
    assert broker.presence(device_id)[0][1].count(".") == 3


def test_a_device_takes_leave(broker, connected, device_id, version):
    connected(version=version).disconnect()

    assert gone_because(broker, device_id) == "client disconnected"


def test_a_device_closes_its_connection(broker, connected, device_id):
    connected().close()

    assert gone_because(broker, device_id) == "connection closed by the device"


def test_a_device_falls_silent(broker, connected, device_id):
    connected(keepalive=1)

    assert gone_because(broker, device_id) == "keepalive exceeded"


def test_a_device_speaks_nonsense(broker, connected, device_id):
    connected().send(b"\x36\x05\x00\x01a\x00\x01")

    assert gone_because(broker, device_id) == "protocol error"


def test_a_device_breaks_off(broker, connected, device_id):
    device = connected()
    device.send(b"\x30\x20\x00\x05ab")
    device.close()

    assert gone_because(broker, device_id) == "connection lost in the middle of a packet"


def test_a_stranger_leaves_no_presence(broker, device_id):
    with RawDevice(broker) as stranger:
        stranger.connect("nobody")

    assert broker.presence(device_id) == []
