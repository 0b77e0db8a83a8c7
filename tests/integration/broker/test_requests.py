"""A device's request is acknowledged and goes to the control client, not to the spool."""

import json
import time

import pytest

from qlines.downlink.wire import Request, Session
from qlines.spool.frame import FrameKind
from tests.harness.deadline import eventually
from tests.integration.broker.control import Control
from tests.integration.broker.raw_mqtt import PUBACK, PUBREC, RawDevice

TOPICS = (
    "v1/devices/me/attributes/request/1",
    "v1/devices/me/rpc/request/12",
    "v1/gateway/attributes/request",
    "v2/a/req/3",
    "v2/a/req/j/3",
    "v2/r/req/4",
    "v2/r/req/j/4",
)
TOPIC = TOPICS[0]
FILTER = "v1/devices/me/attributes/response/+"
MAX_REQUEST = 16_384
BURST_SECONDS = 5
CALL = "v1/devices/me/rpc/request/"
ANSWER = "v1/devices/me/rpc/response/"


@pytest.fixture
def control(broker):
    control = Control(broker)
    yield control.synced()
    control.close()


def requests(control):
    return [event for event in control.events if isinstance(event, Request)]


def assert_requests(control, *expected):
    control.eventually(lambda: len(requests(control)) >= len(expected), "the requests are said")
    assert requests(control) == list(expected)


@pytest.mark.parametrize("topic", TOPICS)
def test_it_goes_to_the_control_client_and_is_not_stored(
    broker, control, connected, device_id, version, topic
):
    device = connected(client_id="pump", version=version)

    device.publish(b'{"a":1}', topic)

    device.read_type(PUBACK)
    assert_requests(control, Request(f"{device_id}/pump", topic, b'{"a":1}'))
    assert broker.messages() == []
    assert control.sessions() == {}  # who only asks is not reported


@pytest.mark.parametrize("payload", [b"", b"\0\xff", b"x" * MAX_REQUEST])
def test_its_payload_is_passed_on_as_it_is(control, connected, device_id, payload):
    device = connected(client_id="pump")

    device.publish(payload, TOPIC, qos=0)

    assert_requests(control, Request(f"{device_id}/pump", TOPIC, payload))


def test_with_qos_2_it_is_passed_on_once(control, connected, device_id):
    device = connected(client_id="pump")

    device.publish(b"{}", TOPIC, qos=2, message_id=9)
    device.read_type(PUBREC)
    device.publish(b"{}", TOPIC, qos=2, message_id=9, is_duplicate=True)
    device.read_type(PUBREC)
    device.release(9)
    device.publish(b"another", TOPIC, qos=0)

    client_id = f"{device_id}/pump"
    assert_requests(
        control, Request(client_id, TOPIC, b"{}"), Request(client_id, TOPIC, b"another")
    )


def test_it_comes_after_the_session_that_can_hear_the_answer(control, connected, device_id):
    device = connected(client_id="pump")
    client_id = f"{device_id}/pump"

    device.send_subscribe(FILTER)
    device.publish(b"{}", TOPIC, qos=0)

    assert_requests(control, Request(client_id, TOPIC, b"{}"))
    assert [event for event in control.events if isinstance(event, Session | Request)] == [
        Session(client_id, {FILTER: 1}),
        Request(client_id, TOPIC, b"{}"),
    ]


def test_the_answer_needs_no_subscription(control, connected, device_id):
    device = connected(client_id="pump")
    device.publish(b"{}", TOPIC, qos=0)
    assert_requests(control, Request(f"{device_id}/pump", TOPIC, b"{}"))

    control.send(f"{device_id}/pump", "v1/devices/me/attributes/response/1", b"{}", qos=0)

    assert device.take_message() == ("v1/devices/me/attributes/response/1", b"{}", 0)


def test_without_a_control_client_it_is_acknowledged_and_counted(broker, connected):
    device = connected()

    device.publish(b"{}", TOPIC)

    device.read_type(PUBACK)
    broker.wait_for_heartbeat()
    assert (broker.counter("requests_dropped"), broker.counter("requests")) == (1, 0)
    assert broker.messages() == []


def test_those_that_are_passed_on_are_counted(broker, control, connected):
    device = connected()

    for number in range(3):
        device.publish(b"{}", f"v2/a/req/{number}", qos=0)
    device.ping()

    broker.wait_for_heartbeat()
    assert (broker.counter("requests_dropped"), broker.counter("requests")) == (0, 3)
    assert broker.counter("accepted") == 0


@pytest.mark.parametrize("qos", [0, 1, 2])
def test_one_that_is_too_large_is_refused_and_its_owner_learns_why(
    broker, control, connected, device_id, version, qos
):
    device = connected(version=version)

    device.publish(b"x" * (MAX_REQUEST + 1), TOPIC, qos=qos)

    if version == 5:
        assert device.read() == (14, 0, b"\x95")
    assert device.is_closed_by_the_broker()
    (rejection,) = broker.frames(FrameKind.REJECTED)
    assert (rejection.device, rejection.topic) == (device_id, TOPIC)
    assert rejection.payload == (
        b"a request may have at most 16384 bytes, this one has 16385\n" + b"x" * 256
    )
    assert requests(control) == []


def test_requests_are_slowed_as_any_other_message(idle_broker):
    idle_broker.open_registry()
    idle_broker.add_device("alice")
    broker = idle_broker.start(QLINES_DEVICE_MESSAGES_PER_SECOND="10")
    with RawDevice(broker) as device:
        assert device.connect("alice") == 0

        for _ in range(10 * (BURST_SECONDS + 1)):
            device.publish(b"{}", TOPIC, qos=0)

        eventually(lambda: broker.counter("limited_by_device") > 0, 20, "the device is slowed")


@pytest.mark.parametrize(
    "topic", ["v2/a/req/p/1", "v1/devices/me/rpc/request/", "v1/devices/me/rpc/request/1/2"]
)
def test_what_nobody_could_answer_is_stored_so_that_its_owner_sees_it(
    broker, control, connected, topic
):
    device = connected()

    device.publish(b"{}", topic)

    device.read_type(PUBACK)
    assert broker.messages() == [(topic, b"{}")]


@pytest.mark.parametrize("method", ["getTime", "getCurrentTime"])
def test_the_time_is_answered_by_the_broker(broker, control, connected, method, version):
    device = connected(version=version)
    before = time.time()

    device.publish(json.dumps({"method": method, "params": {}}).encode(), CALL + "5", qos=0)

    topic, payload, _ = device.take_message()
    assert topic == ANSWER + "5"
    assert int(before * 1000) <= json.loads(payload) <= time.time() * 1000
    broker.wait_for_heartbeat()
    assert broker.counter("time_answers") == 1
    assert requests(control) == []


def test_a_device_that_acknowledges_nothing_is_not_answered_forever(broker, connected):
    receive_maximum_2 = b"\x21\x00\x02"
    device = connected(version=5, properties=receive_maximum_2)

    for _ in range(10):
        device.publish(b'{"method":"getTime"}', CALL + "5", qos=0)

    assert [device.take_message()[0] for _ in range(2)] == [ANSWER + "5"] * 2
    device.ping()  # a third answer would come before the PINGRESP
    broker.wait_for_heartbeat()
    assert (broker.counter("time_answers"), broker.counter("requests_dropped")) == (2, 8)
