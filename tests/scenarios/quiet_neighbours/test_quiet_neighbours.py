"""The story of two devices at one broker: neither hears the other, nor what the broker tells."""

import pytest

from tests.harness.deadline import eventually, stays
from tests.harness.mqtt_device import MqttDevice


def test_a_device_hears_nothing_of_others_whatever_it_subscribes_to(appliance, alice):
    talker, listener = alice.new_device(), alice.new_device()

    with (
        MqttDevice(appliance, listener.token) as ear,
        MqttDevice(appliance, talker.token) as mouth,
    ):
        for topic in ("#", "$SYS/#", "v1/devices/me/telemetry", "v1/devices/+/telemetry", "+/+"):
            ear.subscribe(topic)
        assert mouth.publish({"x": 1})
        assert mouth.publish({"x": 2}, retain=True)
        eventually(lambda: alice.value(talker, "x") == 2, 5, "the messages went through")

        assert ear.received == []


def test_a_will_and_a_retained_message_stay_with_their_device(appliance, alice):
    talker, listener = alice.new_device(), alice.new_device()

    with MqttDevice(appliance, listener.token) as ear:
        ear.subscribe("#")
        mouth = MqttDevice(appliance, talker.token)
        mouth.client.will_set("v1/devices/me/attributes", '{"gone": true}', qos=1, retain=True)
        with mouth:
            assert mouth.publish({"x": 1}, retain=True)
            mouth.client.socket().shutdown(2)  # a cable that is pulled: the will is due
            assert mouth.lost.wait(10)

        stays(lambda: ear.received == [], 2, "nobody hears a will")
    with MqttDevice(appliance, listener.token) as late_ear:
        late_ear.subscribe("#")
        assert late_ear.publish({"x": 1})
        assert late_ear.received == []


@pytest.mark.parametrize("topic", ["v1/devices/other/telemetry", "x", "v1/devices/me/claim"])
def test_a_topic_that_is_not_its_own_reaches_nobody(appliance, alice, topic):
    talker, listener = alice.new_device(), alice.new_device()

    with (
        MqttDevice(appliance, listener.token) as ear,
        MqttDevice(appliance, talker.token) as mouth,
    ):
        ear.subscribe(topic)
        assert mouth.publish({"x": 1}, topic)
        assert mouth.publish({"y": 1})
        eventually(lambda: alice.value(talker, "y") == 1, 5, "the connection is still of use")

        assert ear.received == []
        assert alice.value(talker, "x") is None
