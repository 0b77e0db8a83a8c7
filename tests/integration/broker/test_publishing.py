"""What is acknowledged is in the spool; what is refused is not acknowledged."""

import paho.mqtt.client as paho
import pytest

from qlines.spool.frame import FrameKind
from tests.harness.mqtt_device import MqttDevice
from tests.integration.broker.raw_mqtt import PUBACK, PUBREC, TELEMETRY, RawDevice, text

MAX_PAYLOAD = 65_536


@pytest.mark.parametrize("protocol", [paho.MQTTv31, paho.MQTTv311, paho.MQTTv5])
@pytest.mark.parametrize("qos", [0, 1, 2])
def test_it_spools_what_a_device_publishes(broker, device_id, protocol, qos):
    with MqttDevice(broker, "alice", client_id="one", version=protocol) as device:
        assert device.publish({"temperature": 21}, qos=qos)
        assert device.publish({"temperature": 22}, qos=max(qos, 1))

    assert broker.messages(device_id) == [
        (TELEMETRY, b'{"temperature": 21}'), (TELEMETRY, b'{"temperature": 22}'),
    ]  # fmt: skip


def test_the_frame_is_there_when_the_acknowledgement_comes(broker, connected, device_id):
    device = connected()

    for number in range(50):
        device.publish(b"%d" % number, message_id=number + 1)
        device.read_type(PUBACK)
        assert broker.messages(device_id)[-1] == (TELEMETRY, b"%d" % number)


@pytest.mark.parametrize(
    "payload",
    [b"", b"\x00", bytes(range(256)), b"\xff" * 1000, b"x" * MAX_PAYLOAD],
    ids=["empty", "nul", "bytes", "no utf-8", "largest"],
)
def test_it_spools_any_payload_unchanged(broker, connected, device_id, version, payload):
    device = connected(version=version)

    device.publish(payload)

    device.read_type(PUBACK)
    assert broker.messages(device_id) == [(TELEMETRY, payload)]


@pytest.mark.parametrize(
    "topic",
    [
        "somewhere/else",
        "/",
        "v1/devices/me/telemetry/",
        "ü",
        "x" * 65_535,
        "$CONTROL/dynamic-security/v1",
        "$share/a/b",
        "$other",
    ],
    ids=["other", "slash", "longer", "unicode", "longest", "control", "share", "dollar"],
)
def test_it_spools_any_topic_and_leaves_the_connection_open(broker, connected, version, topic):
    device = connected(version=version)

    device.publish(b"1", topic)
    device.read_type(PUBACK)
    device.ping()

    expected = [] if topic.startswith("$share") else [(topic, b"1")]  # the broker's own refusal
    assert broker.messages() == expected


@pytest.mark.parametrize("version", [4, 5])
def test_a_device_cannot_publish_as_the_broker(broker, connected, version):
    device = connected(version=version)

    device.publish(b"1", "$SYS/broker/version")
    device.read_type(PUBACK)
    device.ping()

    assert broker.messages() == []


def test_it_resolves_a_topic_alias_of_mqtt_5(broker, connected, device_id):
    device = connected(version=5)

    device.publish(b"1", properties=b"\x23\x00\x01")
    device.publish(b"2", "", message_id=2, properties=b"\x23\x00\x01")
    device.publish(b"3", "", message_id=3, qos=2, properties=b"\x23\x00\x01")

    device.read_type(PUBACK)
    device.read_type(PUBACK)
    device.read_type(PUBREC)
    assert broker.messages(device_id) == [(TELEMETRY, b"1"), (TELEMETRY, b"2"), (TELEMETRY, b"3")]


@pytest.mark.parametrize("qos", [0, 1, 2])
@pytest.mark.parametrize("size", [MAX_PAYLOAD + 1, 100_000, 2_000_000])
def test_it_closes_on_a_payload_that_is_too_large(broker, connected, device_id, version, qos, size):
    device = connected(version=version)

    device.publish(b"x" * size, qos=qos)

    if version == 5:
        assert device.read() == (14, 0, b"\x95")
    assert device.is_closed_by_the_broker()
    with RawDevice(broker) as later:
        assert later.connect("alice") == 0
    assert broker.messages() == []
    (rejection,) = broker.frames(FrameKind.REJECTED)
    reason, _, sample = rejection.payload.partition(b"\n")
    assert rejection.device == device_id
    assert reason.startswith(b"a payload may have at most 65536 bytes, this message has ")
    assert sample in (b"x" * 256, b"")
    assert ("disconnected", "payload too large") in broker.presence(device_id)


def test_it_counts_accepted_messages(broker, connected):
    device = connected()
    for number in range(1, 6):
        device.publish(b"12345", message_id=number)
        device.read_type(PUBACK)

    broker.wait_for_heartbeat()

    assert broker.counter("accepted") == 5
    assert broker.counter("accepted_bytes") == 25
    assert broker.counter("connections") == 1
    assert broker.heartbeat()["sentence"] == "accepting messages"


@pytest.mark.parametrize(
    "packet",
    [
        b"\x00" * 100,
        b"\xf0\x00",
        b"\x30\x02\x00\x05",  # the topic is longer than the packet
        b"\x32\x05" + text("abc"),  # no message id
        b"\x32\x07" + text("abc") + b"\x00\x00",  # message id 0
        b"\x36\x07" + text("abc") + b"\x00\x01",  # QoS 3
        b"\x38\x05" + text("abc"),  # repeated, QoS 0
        b"\x30\x02\x00\x00",  # no topic
        b"\x30\x05" + text("a/#"),
        b"\x30\x04" + text(b"\xff\xff"),
        b"\x30\x05" + text(b"a\x00b"),
        b"\x30\xff\xff\xff\xff\x01",  # a length of five bytes
        b"\x30\xff\xff\xff\x7f",  # a length of 256 MiB
        b"\x82\x02\x00\x01",  # no filter
        b"\x82\x03\x00\x01\x00",
        b"\x10\x10" + text("MQTT") + b"\x04\x02\x00\x00" + text("again"),
        b"\x62\x01\x00",
        b"\x62\x02\x00\x09",  # releases what was never sent: answered, or closed
        b"\xe0\x01\x00",
    ],
    ids=lambda value: value[:6].hex(),
)
def test_it_survives_malformed_packets(steady_device, version, packet):
    device = steady_device(version)
    device.publish(b"before")
    device.read_type(PUBACK)

    device.send(packet)
    device.close()

    after = steady_device()
    after.publish(b"after")
    after.read_type(PUBACK)


@pytest.mark.parametrize(
    "packet",
    [
        b"GET / HTTP/1.1\r\n\r\n",
        b"\x16\x03\x01\x02\x00",
        b"\x10\x00",
        b"\x10\x02\x00\x04",
        b"\x10",
        b"\x30\x05" + text("abc"),
        b"\x10\x80\x80\x80\x01" + b"x" * 1000,
    ],
    ids=lambda value: value[:6].hex(),
)
def test_it_survives_clients_that_do_not_speak_mqtt(steady_broker, steady_device, packet):
    with RawDevice(steady_broker) as client:
        client.send(packet)

    device = steady_device()
    device.publish(b"1")
    device.read_type(PUBACK)
