"""A connection without a token asks for one, and may do nothing else."""

from collections.abc import Callable, Iterator

import pytest

from qlines.downlink.wire import Provision, Result
from tests.harness.deadline import eventually
from tests.integration.broker.broker import Broker
from tests.integration.broker.control import Control
from tests.integration.broker.raw_mqtt import PUBACK, RawDevice

REQUEST, RESPONSE = "/provision/request", "/provision/response"
UNAVAILABLE = {4: 3, 5: 0x97}
BURST = 50


@pytest.fixture
def control(broker: Broker) -> Iterator[Control]:
    control = Control(broker)
    yield control.synced()
    control.close()


@pytest.fixture
def asking(broker: Broker) -> Iterator[Callable[..., RawDevice]]:
    """Return a function that opens a connection that asks for a token."""
    devices: list[RawDevice] = []

    def connect(token: str | None = "provision", client_id: str = "", version: int = 4):
        devices.append(RawDevice(broker, version=version))
        assert devices[-1].connect(token, client_id) == 0
        return devices[-1]

    yield connect
    for device in devices:
        device.close()


def asked(control: Control, count: int = 1) -> list[Provision]:
    def events() -> list[Provision]:
        return [event for event in control.events if isinstance(event, Provision)]

    control.eventually(lambda: len(events()) >= count, f"{count} requests are said")
    return events()


@pytest.mark.parametrize(
    ("token", "client_id"),
    [("provision", ""), ("provision", "pump"), (None, "provision"), ("unknown", "provision")],
)
def test_the_answer_comes_without_a_subscription(control, asking, version, token, client_id):
    device = asking(token, client_id, version)

    device.publish(b'{"a":1}', REQUEST)
    device.read_type(PUBACK)
    (request,) = asked(control)
    tag = control.send(request.client_id, RESPONSE, b'{"status":"SUCCESS"}')

    topic, payload, message_id = device.take_message()
    assert (topic, payload) == (RESPONSE, b'{"status":"SUCCESS"}')
    assert message_id != 0
    device.acknowledge(message_id)
    assert request.payload == b'{"a":1}'
    assert request.address
    control.assert_result(tag, Result.DELIVERED)


def test_the_answer_has_the_qos_of_the_subscription(control, asking):
    device = asking()
    assert device.subscribe(RESPONSE, qos=0) == 0

    device.publish(b"{}", REQUEST, qos=0)
    control.send(asked(control)[0].client_id, RESPONSE, b"{}")

    assert device.take_message() == (RESPONSE, b"{}", 0)


def test_it_is_no_session_of_a_device_and_nothing_is_stored(broker, control, asking):
    device = asking()
    device.subscribe(RESPONSE)
    device.publish(b"{}", REQUEST)
    asked(control)

    assert control.sessions() == {}
    assert broker.messages() == []


@pytest.mark.parametrize("topic", ["v1/devices/me/telemetry", "/provision/response", "$CONTROL/x"])
def test_any_other_message_ends_it(control, asking, version, topic):
    device = asking(version=version)

    device.publish(b"{}", topic)

    assert device.is_closed_by_the_broker()


@pytest.mark.parametrize("topic", ["#", "/provision/+", "/provision/request", "v2/a"])
def test_any_other_subscription_ends_it(asking, version, topic):
    device = asking(version=version)

    device.send_subscribe(topic)

    assert device.is_closed_by_the_broker()


def test_a_larger_request_ends_it(control, asking):
    device = asking()
    device.publish(b"x" * 4_096, REQUEST)
    device.read_type(PUBACK)
    assert asked(control)[0].payload == b"x" * 4_096

    device.publish(b"x" * 4_097, REQUEST)

    assert device.is_closed_by_the_broker()


def test_a_repetition_is_not_passed_on_while_the_first_one_waits(control, asking):
    device, other = asking(), asking()
    for _ in range(3):
        device.publish(b"first", REQUEST)
        device.read_type(PUBACK)
    other.publish(b"other", REQUEST)

    assert [one.payload for one in asked(control, 2)] == [b"first", b"other"]


def test_an_eleventh_request_ends_it(control, asking):
    device = asking()
    for _ in range(10):
        device.publish(b"{}", REQUEST)
        device.read_type(PUBACK)

    device.publish(b"{}", REQUEST)

    assert device.is_closed_by_the_broker()


def test_a_device_with_a_token_may_have_the_client_id_provision(broker, connected):
    device = connected(client_id="provision")

    device.publish(b'{"a":1}')
    device.read_type(PUBACK)

    assert [payload for _, payload in broker.messages()] == [b'{"a":1}']


def test_two_with_the_same_client_id_do_not_take_each_other_over(control, asking):
    first, second = asking(None, "provision"), asking(None, "provision")

    for device in (first, second):
        device.publish(b"{}", REQUEST)
        device.read_type(PUBACK)

    assert len({one.client_id for one in asked(control, 2)}) == 2


def test_a_flood_from_one_address_is_refused_and_devices_are_served(broker, connected, version):
    codes = []
    for _ in range(2 * BURST):
        with RawDevice(broker, version=version) as device:
            codes.append(device.connect("provision"))

    assert codes[:BURST] == [0] * BURST
    assert UNAVAILABLE[version] in codes
    device = connected(version=version)
    device.publish(b'{"a":1}')
    device.read_type(PUBACK)
    eventually(
        lambda: broker.heartbeat()["counters"]["refused_provisioning"] > 0,
        20,
        "the refused ones are counted",
    )


def test_requests_without_a_control_client_are_acknowledged_and_dropped(broker, asking):
    device = asking()

    device.publish(b"{}", REQUEST)

    device.read_type(PUBACK)


def test_a_will_is_never_published(control, broker):
    with RawDevice(broker) as device:
        assert device.connect("provision", will=(REQUEST, b"will")) == 0
    with RawDevice(broker) as other:
        assert other.connect("provision") == 0
        other.publish(b"mine", REQUEST)
        other.read_type(PUBACK)

        assert [one.payload for one in asked(control)] == [b"mine"]
