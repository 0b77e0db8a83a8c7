"""What the control client orders reaches the device, and what became of it is reported."""

import pytest

from qlines.downlink.wire import MAX_ON_THE_WAY, Ended, Hello, OrderKind, Result, Session
from tests.integration.broker.control import Control, write_secret
from tests.integration.broker.raw_mqtt import PUBACK, RawDevice

FILTER = "v1/devices/me/rpc/request/+"
TOPIC = "v1/devices/me/rpc/request/1"
CALL = b'{"method":"open","params":true}'
CONNACK_REFUSED = 5


@pytest.fixture
def control(broker):
    control = Control(broker)
    yield control.synced()
    control.close()


@pytest.fixture
def ready(control, connected, device_id):
    """Return a function that connects a device that waits for commands: device and client id."""

    def connect(name="pump", *, filters=(FILTER,), qos=1, **more):
        device = connected(client_id=name, **more)
        for topic_filter in filters:
            device.subscribe(topic_filter, qos)
        client_id = f"{device_id}/{name}"
        control.eventually(lambda: client_id in control.sessions(), "the session is said")
        return device, client_id

    return connect


def test_a_message_arrives_and_is_delivered_once_the_device_has_acknowledged_it(
    control, ready, version
):
    device, client_id = ready(version=version)

    tag = control.send(client_id, TOPIC, CALL)

    topic, payload, message_id = device.take_message()
    assert (topic, payload) == (TOPIC, CALL)
    control.assert_result(tag, Result.WRITTEN)
    device.ping()
    assert Result.DELIVERED not in control.results[tag]
    device.acknowledge(message_id)
    control.assert_result(tag, Result.DELIVERED)
    assert control.results[tag] == [Result.WRITTEN, Result.DELIVERED]


def test_with_qos_0_written_is_delivered(control, ready):
    device, client_id = ready()

    tag = control.send(client_id, TOPIC, CALL, qos=0)

    assert device.take_message() == (TOPIC, CALL, 0)
    control.assert_result(tag, Result.DELIVERED)


def test_two_messages_with_the_same_content_are_told_apart(control, ready):
    device, client_id = ready()
    tags = [control.send(client_id, TOPIC, CALL) for _ in range(2)]
    for tag in tags:
        control.assert_result(tag, Result.WRITTEN)
    first, second = (device.take_message()[2] for _ in range(2))

    device.acknowledge(first)
    control.assert_result(tags[0], Result.DELIVERED)
    device.ping()
    assert Result.DELIVERED not in control.results[tags[1]]
    device.acknowledge(second)

    control.assert_result(tags[1], Result.DELIVERED)


def test_nothing_goes_to_a_client_that_is_not_connected(control, ready):
    device, client_id = ready()
    device.disconnect()

    tag = control.send(client_id, TOPIC, CALL)

    control.assert_result(tag, Result.NOT_CONNECTED)


def test_only_so_many_are_on_the_way_to_one_client(control, ready):
    device, client_id = ready()
    tags = [control.send(client_id, TOPIC, b"%d" % number) for number in range(MAX_ON_THE_WAY)]
    for tag in tags:
        control.assert_result(tag, Result.WRITTEN)

    one_more = control.send(client_id, TOPIC, CALL)
    control.assert_result(one_more, Result.BUSY)

    device.acknowledge(device.take_message()[2])
    control.assert_result(tags[0], Result.DELIVERED)
    control.assert_result(control.send(client_id, TOPIC, CALL), Result.WRITTEN)


def test_a_device_is_never_sent_more_than_it_takes_at_once(control, ready):
    receive_maximum_2 = b"\x21\x00\x02"
    _, client_id = ready(version=5, properties=receive_maximum_2)

    tags = [control.send(client_id, TOPIC, b"%d" % number) for number in range(3)]

    control.assert_result(tags[2], Result.BUSY)
    assert [control.results[tag] for tag in tags[:2]] == [[Result.WRITTEN]] * 2


def test_a_message_larger_than_the_device_accepts_is_not_sent(control, ready):
    maximum_packet_size_256 = b"\x27\x00\x00\x01\x00"
    device, client_id = ready(version=5, properties=maximum_packet_size_256)

    tag = control.send(client_id, TOPIC, b"x" * 300)

    control.assert_result(tag, Result.TOO_LARGE)
    device.ping()


def test_a_session_that_ends_says_what_was_on_the_way(control, ready, device_id):
    device, client_id = ready()
    tag = control.send(client_id, TOPIC, CALL)
    control.assert_result(tag, Result.WRITTEN)

    device.disconnect()

    control.assert_result(tag, Result.ENDED)
    control.eventually(lambda: Ended(client_id, is_kept=False) in control.events, "the end is said")


def test_a_kept_session_gets_it_again_and_its_delivery_can_be_watched(control, ready, connected):
    device, client_id = ready(clean=False)
    tag = control.send(client_id, TOPIC, CALL)
    control.assert_result(tag, Result.WRITTEN)
    device.disconnect()
    control.assert_result(tag, Result.KEPT)
    control.eventually(lambda: Ended(client_id, is_kept=True) in control.events, "the end is said")

    device = connected(client_id="pump", clean=False)
    control.eventually(lambda: client_id in control.sessions(), "the resumed session is said")
    watch = control.send(client_id, TOPIC, CALL, kind=OrderKind.WATCH)
    control.assert_result(watch, Result.WRITTEN)
    device.acknowledge(device.take_message()[2])

    control.assert_result(watch, Result.DELIVERED)


def test_a_resumed_session_takes_as_many_as_before(control, ready, connected):
    one_at_once = {"version": 5, "properties": b"\x21\x00\x01", "session_seconds": 600}
    device, client_id = ready(clean=False, **one_at_once)
    tag = control.send(client_id, TOPIC, CALL)
    control.assert_result(tag, Result.WRITTEN)
    device.disconnect()
    control.assert_result(tag, Result.KEPT)

    device = connected(client_id="pump", clean=False, **one_at_once)
    device.acknowledge(device.take_message()[2])
    device.ping()

    control.assert_result(control.send(client_id, TOPIC, b"another"), Result.WRITTEN)
    assert device.take_message()[:2] == (TOPIC, b"another")


def test_what_was_never_sent_cannot_be_watched(control, ready):
    _, client_id = ready()

    tag = control.send(client_id, TOPIC, CALL, kind=OrderKind.WATCH)

    control.assert_result(tag, Result.UNKNOWN)


def test_each_filter_is_said_with_its_qos_and_goes_when_it_is_unsubscribed(control, ready):
    attributes = "v1/devices/me/attributes"
    device, client_id = ready(filters=(FILTER, attributes), qos=0)
    control.eventually(
        lambda: control.sessions()[client_id] == {FILTER: 0, attributes: 0}, "both are said"
    )

    device.unsubscribe(FILTER)

    control.eventually(lambda: control.sessions()[client_id] == {attributes: 0}, "one is left")


def test_a_session_without_a_filter_is_not_said(control, connected, ready, device_id):
    connected(client_id="sensor")

    ready("pump")

    assert f"{device_id}/sensor" not in control.sessions()


def test_a_client_id_too_long_for_an_event_is_not_said_and_harms_nobody(control, ready, connected):
    endless = connected(client_id="x" * 65_520)
    endless.subscribe(FILTER)

    device, client_id = ready()

    assert list(control.sessions()) == [client_id]
    tag = control.send(client_id, TOPIC, CALL)
    device.acknowledge(device.take_message()[2])
    control.assert_result(tag, Result.DELIVERED)
    endless.disconnect()


def test_all_sessions_are_reported_to_a_new_control_client(broker, control, ready):
    _, client_id = ready()

    second = Control(broker).synced()

    assert isinstance(second.events[0], Hello)
    assert Session(client_id, {FILTER: 1}) in second.events
    second.close()


def test_orders_of_a_control_client_that_has_gone_are_forgotten(broker, control, ready):
    device, client_id = ready()
    tag = control.send(client_id, TOPIC, CALL)
    control.assert_result(tag, Result.WRITTEN)
    control.client.close()

    device.acknowledge(device.take_message()[2])
    device.ping()

    second = Control(broker).synced()
    assert second.results == {}
    second.close()


@pytest.mark.parametrize(
    "order", [b"", b"\x01", b"\x09" + b"\0" * 40, b"\x01\x02" + b"\0" * 12 + b"\0\1a\0\1b"]
)
def test_an_order_that_is_not_valid_is_named_in_the_log_and_costs_nothing(
    broker, control, ready, order
):
    _, client_id = ready()

    control.client._client.publish("$CONTROL/qlines/v1", order)

    control.assert_result(control.send(client_id, TOPIC, CALL), Result.WRITTEN)
    assert f"ignored an order of {len(order)} bytes" in broker.logs()


def test_nobody_but_the_control_client_gives_orders(broker, control, ready, connected):
    device, _ = ready()
    other = connected(client_id="other")

    other.publish(b"\x01\x01" + b"\0" * 12, "$CONTROL/qlines/v1")
    other.read_type(PUBACK)

    device.ping()  # an order that was obeyed would have come before
    assert control.results == {}


def test_its_name_and_secret_are_worth_nothing_from_the_network(broker):
    write_secret(broker)
    with RawDevice(broker) as outside:
        assert outside.connect("qlines-control", password="a secret of the tests") == (
            CONNACK_REFUSED
        )


def test_a_wrong_secret_is_refused(broker, tmp_path):
    folder = tmp_path / "wrong"
    folder.mkdir()
    (folder / "mosquitto.sock").symlink_to(broker.run_dir / "mosquitto.sock")
    (folder / "control-secret").write_text("a secret of somebody else")
    control = Control(broker, folder)

    control.eventually(lambda: broker.counter("unknown_tokens") > 0, "it is refused")

    assert control.events == []
    control.close()
