"""The story of attributes: an owner sets what a device shall be, the device reads it and reports.

It asks over MQTT in the forms of ThingsBoard's SDKs and is pushed each change while it is
connected; what changed while it slept it learns by asking. What is the server's it never sees.
"""

import itertools
import json

import pytest

from tests.harness.deadline import eventually, stays
from tests.harness.mqtt_device import ATTRIBUTES, MqttDevice
from tests.harness.recovery import Recovery

REQUEST, RESPONSE = f"{ATTRIBUTES}/request", f"{ATTRIBUTES}/response"


@pytest.fixture
def pump(owner):
    return owner.new_device("pump")


@pytest.fixture
def set_values(owner, pump):
    """Return a function that sets attributes of the pump in a scope."""

    def set_in(scope="shared", **values):
        answer = owner.api.patch(f"/api/devices/{pump.id}/attributes/{scope}", json=values)
        assert answer.status_code == 200, answer.text

    return set_in


def messages(device, topic):
    return [json.loads(payload) for at, payload in device.received if at == topic]


def asked(device, number, body, *, request=REQUEST, response=RESPONSE):
    """Ask for attributes and return the answer."""
    device.publish(body, topic=f"{request}/{number}")
    at = f"{response}/{number}"
    return eventually(lambda: messages(device, at), 20, f"request {number} is answered")[0]


def test_a_device_asks_for_what_it_is_and_what_it_shall_be(killable_appliance, pump, set_values):
    set_values(target=21.5, mode="eco")
    set_values("server", note="in the cellar")
    with MqttDevice(killable_appliance, pump.token) as device:
        device.publish({"firmware": "v1.2", "target": 20}, topic=ATTRIBUTES)
        numbers = itertools.count(10)
        both = {
            "client": {"firmware": "v1.2", "target": 20},
            "shared": {"mode": "eco", "target": 21.5},
        }
        eventually(lambda: asked(device, next(numbers), {}) == both, 20, "both are answered")

        assert asked(device, 2, {"sharedKeys": "target,mode,"}) == {
            "shared": {"mode": "eco", "target": 21.5}
        }
        assert asked(device, 3, {"clientKeys": "firmware"}) == {"client": {"firmware": "v1.2"}}
        assert asked(device, 4, {"sharedKeys": "note"}) == {}


@pytest.mark.parametrize(
    ("request_topic", "response_topic"),
    [("v2/a/req", "v2/a/res"), ("v2/a/req/j", "v2/a/res/j")],
)
def test_the_short_topics_answer_alike(
    killable_appliance, pump, set_values, request_topic, response_topic
):
    set_values(target=1)
    with MqttDevice(killable_appliance, pump.token) as device:
        answer = asked(device, 9, {}, request=request_topic, response=response_topic)

    assert answer == {"shared": {"target": 1}}


def test_each_change_reaches_every_session_and_an_answer_only_the_one_that_asked(
    killable_appliance, owner, pump, set_values
):
    with (
        MqttDevice(killable_appliance, pump.token) as first,
        MqttDevice(killable_appliance, pump.token) as second,
    ):
        for device in (first, second):
            device.subscribe(ATTRIBUTES)
            device.subscribe(f"{RESPONSE}/+")
        set_values(target=5, mode="eco")
        set_values("server", note="nobody sees it")
        answer = owner.api.delete(f"/api/devices/{pump.id}/attributes/shared?keys=mode")
        assert answer.status_code == 200, answer.text

        pushed = [{"target": 5, "mode": "eco"}, {"deleted": ["mode"]}]
        for device in (first, second):
            eventually(
                lambda device=device: messages(device, ATTRIBUTES) == pushed, 20, "it is pushed"
            )
        assert asked(first, 1, {}) == {"shared": {"target": 5}}
        assert messages(second, f"{RESPONSE}/1") == []


def test_what_changed_while_it_slept_it_learns_by_asking_and_not_by_a_push(
    killable_appliance, pump, set_values
):
    with MqttDevice(killable_appliance, pump.token) as device:
        device.subscribe(ATTRIBUTES)
        set_values(target=1)
        eventually(lambda: messages(device, ATTRIBUTES) == [{"target": 1}], 20, "it is pushed")
    set_values(target=2)

    with MqttDevice(killable_appliance, pump.token) as device:
        device.subscribe(ATTRIBUTES)
        assert asked(device, 1, {"sharedKeys": "target"}) == {"shared": {"target": 2}}
        stays(lambda: messages(device, ATTRIBUTES) == [], 1, "nothing was kept for it")


@pytest.mark.parametrize("program", ["registry", pytest.param("mosquitto", marks=pytest.mark.long)])
def test_requests_and_pushes_are_there_again_after_a_crash(
    killable_appliance, pump, set_values, program
):
    Recovery(killable_appliance, program).hurt("KILL").wait(30)

    with MqttDevice(killable_appliance, pump.token) as device:
        device.subscribe(ATTRIBUTES)
        set_values(target=7)

        eventually(lambda: messages(device, ATTRIBUTES)[-1:] == [{"target": 7}], 20, "it is pushed")
        assert asked(device, 1, {}) == {"shared": {"target": 7}}


@pytest.mark.parametrize(
    ("topic", "payload", "why"),
    [
        (f"{REQUEST}/x", "{}", "whole number of 32 bits"),
        (f"{REQUEST}/1", "[]", "must be an object"),
        (f"{REQUEST}/1", "no", "not JSON"),
        ("v2/a/req/p/1", "{}", "is not one that QLines stores"),
    ],
)
def test_a_request_that_is_not_one_is_shown_to_its_owner(
    killable_appliance, owner, pump, topic, payload, why
):
    with MqttDevice(killable_appliance, pump.token) as device:
        device.publish(payload, topic=topic)

        shown = eventually(lambda: owner.rejected(pump), 20, "the owner sees why")

    assert why in shown[0]["reason"]


def test_a_call_of_the_device_is_answered_at_once(killable_appliance, pump):
    with MqttDevice(killable_appliance, pump.token) as device:
        for number, method in enumerate(("getTime", "getCurrentTime", "getSessionLimits", "fly")):
            body = {"method": method, "params": {}}
            device.publish(body, topic=f"v1/devices/me/rpc/request/{number}")

        def answers():
            return {
                topic.rpartition("/")[2]: json.loads(payload)
                for topic, payload in device.received
                if topic.startswith("v1/devices/me/rpc/response/")
            }

        eventually(lambda: len(answers()) == 4, 20, "each call is answered")

    assert "maxPayloadSize" in answers()["2"]
    assert 'the method "fly" is unknown' in answers()["3"]["error"]
