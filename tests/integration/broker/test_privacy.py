"""Isolation: no device receives what another one publishes."""

import pytest

from tests.integration.broker.raw_mqtt import PUBACK, PUBREC, TELEMETRY, RawDevice

ATTRIBUTES = "v1/devices/me/attributes"
REFUSED = {4: 0x80, 5: 0x87}
ALLOWED = [
    ATTRIBUTES,
    "v1/devices/me/attributes/response/+",
    "v1/devices/me/attributes/response/7",
    "v1/devices/me/rpc/request/+",
    "v1/devices/me/rpc/response/+",
    "v1/gateway/attributes",
    "v1/gateway/attributes/response",
    "v1/gateway/rpc",
    "v2/a",
    "v2/a/res/+",
    "v2/r/req/j/+",
    "v2/fw/response/+",
    "v2/fw/response/+/chunk/+",
    "v2/sw/response/3/chunk/+",
]
FORBIDDEN = [
    "#", "+", "+/+/+/+", "/#", "$SYS/#", "$SYS/broker/clients/connected", "$share/all/#",
    "$share/all/v1/devices/me/attributes", "$CONTROL/#", "$q", "$q/#", "v1/#", "v1/devices/#",
    "v1/devices/+/attributes", "v1/devices/me/#", "v1/devices/me/+", TELEMETRY,
    "v1/devices/other/attributes", "v1/devices/me/attributes/", "v1/devices/me/attributes/#",
    "v1/devices/me/rpc/request/#", "v1/devices/me/rpc/request", "v1/devices/me/rpc/request/1/2",
    "v1/gateway/telemetry", "v2/t", "v2/a/res/#", "x" * 65_000, "ü/ö",
]  # fmt: skip


@pytest.fixture
def victim(broker, device_id):
    """Another device; the broker does not look at owners."""
    return broker.add_device("victim")


def receives_nothing(device):
    """Return True when the next packet is the PINGRESP: no message came before it."""
    device.ping()
    return True


@pytest.mark.parametrize("topic", ALLOWED)
def test_a_device_may_subscribe_to_what_is_sent_to_it(steady_device, topic):
    assert steady_device().subscribe(topic) == 1


@pytest.mark.parametrize("topic", FORBIDDEN, ids=lambda topic: topic[:40])
def test_a_device_may_not_subscribe_to_anything_else(steady_device, version, topic):
    device = steady_device(version)

    assert device.subscribe(topic) == REFUSED[version]
    assert receives_nothing(device)


@pytest.mark.parametrize("qos", [0, 1, 2])
@pytest.mark.parametrize("retain", [False, True])
@pytest.mark.parametrize("topic", [ATTRIBUTES, "v1/gateway/rpc", "v1/devices/me/rpc/request/1"])
def test_what_a_device_publishes_reaches_nobody(connected, victim, topic, qos, retain):
    listener = connected("victim")
    speaker = connected()
    for allowed in ALLOWED:
        listener.subscribe(allowed, 2)
        speaker.subscribe(allowed, 2)

    speaker.publish(b"psst", topic, qos=qos, retain=retain)
    if qos == 1:
        speaker.read_type(PUBACK)
    if qos == 2:
        speaker.read_type(PUBREC)
        speaker.release(1)

    assert receives_nothing(speaker)
    assert receives_nothing(listener)
    late = connected("victim")
    assert late.subscribe(topic.replace("/1", "/+")) == 1
    assert receives_nothing(late)


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_a_retained_message_is_spooled_and_not_retained(broker, connected, device_id, version, qos):
    speaker = connected(version=version)

    speaker.publish(b"retained?", ATTRIBUTES, qos=qos, retain=True)
    if qos == 2:
        speaker.read_type(PUBREC)
        speaker.release(1)
    if qos == 1:
        speaker.read_type(PUBACK)
    speaker.ping()

    listener = connected()
    assert listener.subscribe(ATTRIBUTES) == 1
    assert receives_nothing(listener)
    assert broker.messages(device_id) == [(ATTRIBUTES, b"retained?")]


@pytest.mark.parametrize("topic", [ATTRIBUTES, "anything"])
@pytest.mark.parametrize("retain", [False, True])
def test_a_will_reaches_nobody(broker, connected, victim, version, topic, retain):
    listener = connected("victim", version=version)
    listener.subscribe(ATTRIBUTES)
    dying = connected(version=version, will=(topic, b"last words"), will_retain=retain)

    dying.send(b"\x00\x00")
    assert dying.is_closed_by_the_broker()

    assert receives_nothing(listener)
    late = connected("victim", version=version)
    late.subscribe(ATTRIBUTES)
    assert receives_nothing(late)
    assert broker.messages() == []


def test_the_will_of_a_session_that_is_taken_over_reaches_nobody(connected, victim):
    listener = connected("victim")
    listener.subscribe(ATTRIBUTES)
    connected(client_id="one", will=(ATTRIBUTES, b"last words"))

    connected(client_id="one")

    assert receives_nothing(listener)


def test_a_persistent_session_gets_nothing_from_others(connected, victim):
    listener = connected("victim", "kept", clean=False)
    listener.subscribe(ATTRIBUTES)
    listener.disconnect()
    speaker = connected()

    speaker.publish(b"psst", ATTRIBUTES)
    speaker.read_type(PUBACK)

    reconnected = connected("victim", "kept", clean=False)
    assert reconnected.session_present
    assert receives_nothing(reconnected)


def test_a_will_on_a_topic_of_the_broker_is_dropped(broker, connected, device_id):
    with RawDevice(broker) as device:
        device.connect("alice", will=("$SYS/broker/version", b"mine"))
        device.send(b"\x00\x00")

    assert receives_nothing(connected())
