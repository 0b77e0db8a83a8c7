"""The story of a meter that asks a program of its owner, and of a gateway that keeps its names.

The meter calls `getPrice`; QLines asks the webhook that the owner has set and gives the meter its
answer, over MQTT and over HTTP. A webhook that fails, or thinks for long, is the meter's matter
and nobody else's, and no webhook leads into the appliance. A gateway is sent the new name of a
device that its owner renames, and the name of one that the owner removes.
"""

import base64
import hashlib
import hmac
import json
import threading

import pytest
import requests

from tests.harness import commanded_device
from tests.harness.deadline import eventually
from tests.harness.mqtt_device import MqttDevice
from tests.harness.webhook_receiver import WebhookReceiver

PATH = "/api/call-webhook"
CALL, REPLY = "v1/devices/me/rpc/request/{}", "v1/devices/me/rpc/response/{}"
SECONDS = 15


@pytest.fixture
def receiver(killable_appliance):
    """Yield a program on this machine, at the address by which containers reach it."""
    receiver = WebhookReceiver.beside(killable_appliance.name)
    receiver.answer = lambda _: (200, {}, b'{"euro": 2.5}')
    yield receiver
    receiver.close()


@pytest.fixture
def secret(owner, receiver):
    answer = owner.api.put(PATH, json={"url": receiver.url()})
    assert answer.status_code == 200, answer.text
    return answer.json()["secret"]


@pytest.fixture
def meter(owner):
    return owner.new_device("meter")


@pytest.fixture
def mqtt(killable_appliance, meter):
    with MqttDevice(killable_appliance, meter.token) as device:
        device.subscribe(REPLY.format("+"))
        yield device


def call(mqtt, number, method="getPrice"):
    assert mqtt.publish({"method": method, "params": {"of": "water"}}, CALL.format(number))


def answers(mqtt, number):
    return [json.loads(body) for topic, body in mqtt.received if topic == REPLY.format(number)]


def answered(mqtt, number, seconds=SECONDS):
    eventually(lambda: answers(mqtt, number), seconds, f"call {number} is answered")
    return answers(mqtt, number)[0]


def is_signed(request, secret):
    """Return whether a receiver that knows the secret accepts the request."""
    signed = f"{request.headers['webhook-id']}.{request.headers['webhook-timestamp']}.".encode()
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.digest(key, signed + request.body, hashlib.sha256)
    wanted = f"v1,{base64.b64encode(digest).decode()}"
    return wanted in request.headers["webhook-signature"].split(" ")


def test_a_device_gets_the_answer_of_its_owners_program(
    killable_appliance, owner, meter, mqtt, receiver, secret
):
    call(mqtt, 7)
    assert answered(mqtt, 7) == {"euro": 2.5}

    over_http = requests.post(
        killable_appliance.url(f"/api/v1/{meter.token}/rpc"), json={"method": "x"}, timeout=30
    )
    assert (over_http.status_code, over_http.json()) == (200, {"euro": 2.5})

    first, second = receiver.requests
    assert is_signed(first, secret)
    assert is_signed(second, secret)
    assert first.json["data"] == {
        "device": meter.id, "name": meter.name, "method": "getPrice", "params": {"of": "water"},
        "request": 7,
    }  # fmt: skip
    assert second.json["data"]["request"] is None
    assert owner.api.post(f"{PATH}/test").json()["answer"] == {"euro": 2.5}


def test_a_webhook_that_thinks_delays_nothing_else(owner, meter, mqtt, receiver, secret):
    assert secret
    is_over = threading.Event()

    def think(_request):
        is_over.wait(SECONDS)
        return 200, {}, b'{"late": true}'

    receiver.answer = think
    commanded_device.listen(mqtt)
    call(mqtt, 1)
    eventually(lambda: receiver.requests, SECONDS, "the webhook thinks")

    assert mqtt.publish({}, "v1/devices/me/attributes/request/1")
    call(mqtt, 2, "getTime")
    assert type(answered(mqtt, 2, 5)) is int
    sent = owner.api.post(f"/api/devices/{meter.id}/commands", json={"method": "open"})
    assert sent.status_code == 201, sent.text
    commanded_device.await_command(mqtt, "open")
    assert answers(mqtt, 1) == []

    is_over.set()
    assert answered(mqtt, 1) == {"late": True}


def test_why_there_is_no_answer_is_said_to_the_device_and_to_its_owner(
    owner, mqtt, receiver, secret
):
    assert secret
    receiver.answer = lambda _: (500, {}, b"")
    call(mqtt, 1)
    assert "answered with 500 Internal Server Error" in answered(mqtt, 1)["error"]

    # The stores of the appliance listen there, and obey every connection.
    refused = owner.api.put(PATH, json={"url": "http://127.0.0.1:7010/"})
    assert refused.status_code == 422
    owner.api.put(PATH, json={"url": "http://localhost:7010/?query=SELECT"})
    call(mqtt, 2)
    assert "may not be at a loopback address" in answered(mqtt, 2)["error"]

    def reasons():
        return [one["error"] for one in owner.api.document(PATH)["calls"]]

    eventually(lambda: len(reasons()) == 2, SECONDS, "the owner sees both calls")
    assert "loopback" in reasons()[0]
    assert "500" in reasons()[1]

    owner.api.delete(PATH)
    call(mqtt, 3)
    assert '"getPrice" is unknown' in answered(mqtt, 3)["error"]
    assert len(receiver.requests) == 1


def test_a_gateway_learns_the_names_of_its_devices(killable_appliance, owner):
    gateway, sensor = owner.new_device("hub", gateway=True), owner.new_device("sensor")
    with MqttDevice(killable_appliance, gateway.token) as hub:
        commanded_device.listen(hub)
        assert hub.publish({"device": sensor.name}, "v1/gateway/connect")

        hub.subscribe("v1/gateway/rpc")
        owner.api.post(f"/api/devices/{sensor.id}/commands", json={"method": "open"})
        through_hub = [("v1/gateway/rpc", sensor.name)]
        eventually(
            lambda: (
                [(topic, json.loads(body).get("device")) for topic, body in hub.received]
                == through_hub
            ),
            SECONDS,
            "the sensor is reached through the gateway",
        )
        renamed = owner.api.patch(f"/api/devices/{sensor.id}", json={"name": f"{sensor.name} 2"})
        assert renamed.status_code == 200, renamed.text
        told = commanded_device.await_command(hub, "gateway_device_renamed")
        assert told.params == {sensor.name: f"{sensor.name} 2"}

        owner.api.delete(f"/api/devices/{sensor.id}")
        told = commanded_device.await_command(hub, "gateway_device_deleted")
        assert told.params == f"{sensor.name} 2"
