"""The story of two devices at one broker: neither receives anything of the other or of $SYS."""

import pytest

from tests.harness.deadline import PATIENCE, eventually, stays
from tests.harness.mqtt_device import MqttDevice


def test_a_device_receives_nothing_of_others_whatever_it_subscribes_to(appliance, alice):
    sender, listener = alice.new_device(), alice.new_device()

    with (
        MqttDevice(appliance, listener.token) as subscriber,
        MqttDevice(appliance, sender.token) as publisher,
    ):
        for topic in ("#", "$SYS/#", "v1/devices/me/telemetry", "v1/devices/+/telemetry", "+/+"):
            subscriber.subscribe(topic)
        assert publisher.publish({"x": 1})
        assert publisher.publish({"x": 2}, retain=True)
        eventually(lambda: alice.value(sender, "x") == 2, 5, "the messages are stored")

        assert subscriber.received == []


def test_a_will_and_a_retained_message_stay_with_their_device(appliance, alice):
    sender, listener = alice.new_device(), alice.new_device()

    with MqttDevice(appliance, listener.token) as subscriber:
        subscriber.subscribe("#")
        publisher = MqttDevice(appliance, sender.token)
        publisher.client.will_set("v1/devices/me/attributes", '{"gone": true}', qos=1, retain=True)
        with publisher:
            assert publisher.publish({"x": 1}, retain=True)
            publisher.client.socket().shutdown(
                2
            )  # the connection is lost, so the broker publishes the will
            assert publisher.lost.wait(10 * PATIENCE)

        stays(lambda: subscriber.received == [], 2, "no will is delivered")
    with MqttDevice(appliance, listener.token) as late_subscriber:
        late_subscriber.subscribe("#")
        assert late_subscriber.publish({"x": 1})
        assert late_subscriber.received == []


@pytest.mark.parametrize("topic", ["v1/devices/other/telemetry", "x", "v1/devices/me/claim"])
def test_a_message_on_a_foreign_topic_reaches_no_one(appliance, alice, topic):
    sender, listener = alice.new_device(), alice.new_device()

    with (
        MqttDevice(appliance, listener.token) as subscriber,
        MqttDevice(appliance, sender.token) as publisher,
    ):
        subscriber.subscribe(topic)
        assert publisher.publish({"x": 1}, topic)
        assert publisher.publish({"y": 1})
        eventually(lambda: alice.value(sender, "y") == 1, 5, "the connection still works")

        assert subscriber.received == []
        assert alice.value(sender, "x") is None
