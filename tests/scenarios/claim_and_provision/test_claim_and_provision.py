"""The story of a maker whose devices ask for their tokens and are claimed by those who buy them.

The devices are written with ThingsBoard's client. What a buyer claims is theirs, with all that it
sent before; the maker sees nothing of it until it is given back.
"""

import json
import os
import secrets
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from tests.harness.deadline import eventually, stays
from tests.harness.mqtt_device import MqttDevice
from tests.harness.people import Device, new_person

PROGRAM = Path(__file__).parent / "thingsboard_device.py"
# Apart from the others: its paho has other contents under the same name (see .venv/made).
THINGSBOARD_SDK = Path(sys.prefix) / "thingsboard-sdk"


@pytest.fixture
def buyer(killable_appliance, owner):
    return new_person(killable_appliance, "buyer")


@pytest.fixture
def run(killable_appliance):
    """Return a function that runs a device of ThingsBoard's client, and returns what it prints."""

    def run_device(action, *given):
        environment = {**os.environ, "PYTHONPATH": str(THINGSBOARD_SDK), "PIP_NO_INDEX": "1"}
        ended = subprocess.run(
            [sys.executable, PROGRAM, action, str(killable_appliance.mqtt_port), *given],
            capture_output=True, text=True, timeout=90, check=False, env=environment,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stderr
        return json.loads(ended.stdout.splitlines()[-1])

    return run_device


def offer_of(person, device):
    return person.api.document(f"/api/devices/{device.id}/claim")["offer"]


def send(person, token, path, body):
    url = person.appliance.url(f"/api/v1/{token}/{path}")
    return requests.post(url, data=json.dumps(body), timeout=30).status_code


def test_a_device_asks_for_its_token_and_its_buyer_claims_it(run, owner, buyer):
    product = owner.api.post("/api/products", json={"name": f"meter {secrets.token_hex(4)}"}).json()
    name = f"meter/{secrets.token_hex(4)}"

    credentials = run("provision", product["key"], product["secret"], name)
    assert credentials["status"] == "SUCCESS"
    token = credentials["credentialsValue"]
    (found,) = owner.api.document("/api/devices", search=name)["items"]
    device = Device(found["id"], name, token)
    assert send(owner, token, "telemetry", {"litres": 12}) == 200
    eventually(lambda: owner.value(device, "litres") == 12, 20, "the maker sees its test")

    run("claim", token, "s3cret")
    eventually(lambda: offer_of(owner, device), 20, "the device offers itself")
    answer = buyer.api.post(f"/api/customer/device/{name}/claim", json={"secretKey": "s3cret"})

    assert (answer.status_code, answer.json()["response"]) == (200, "SUCCESS")
    assert buyer.value(device, "litres") == 12
    assert owner.row(device) is None
    assert send(buyer, token, "telemetry", {"litres": 13}) == 200
    eventually(lambda: buyer.value(device, "litres") == 13, 20, "the buyer's values arrive")
    stays(lambda: owner.row(device) is None, 2, "the maker sees nothing of them")
    again = run("provision", product["key"], product["secret"], name)
    assert again is None, "what somebody has claimed is not provisioned a second time"

    returned = buyer.api.delete(f"/api/devices/{device.id}/claim")
    assert returned.status_code == 204, returned.text
    assert buyer.row(device) is None
    assert owner.api.get(f"/api/devices/{device.id}").status_code == 200


def test_a_wrong_key_gets_an_answer_and_no_token(run):
    assert run("provision", "no such key", "s", "meter") is None


def test_a_claim_that_was_acknowledged_outlives_kill_9(killable_appliance, owner, buyer):
    over_mqtt, over_http = owner.new_device(), owner.new_device()
    for program in ("mongodb", "ingest"):
        killable_appliance.kill_program(program)
    with MqttDevice(killable_appliance, over_mqtt.token) as mqtt:
        assert mqtt.publish({"secretKey": "s"}, "v1/devices/me/claim")
    assert send(owner, over_http.token, "claim", {"secretKey": "s"}) == 200
    for program in ("mosquitto", "gunicorn", "ingest"):
        killable_appliance.kill_program(program)

    killable_appliance.wait_well()
    for device in (over_mqtt, over_http):
        eventually(lambda device=device: offer_of(owner, device), 60, "the claim is there")
        answer = buyer.api.post("/api/claims", json={"name": device.name, "secret": "s"})
        assert answer.status_code == 200, answer.text


def test_a_gateway_speaks_on_for_a_device_that_was_claimed_through_it(
    killable_appliance, owner, buyer
):
    gateway, sensor = owner.new_device(gateway=True), owner.new_device()
    with MqttDevice(killable_appliance, gateway.token) as mqtt:
        assert mqtt.publish({sensor.name: {"secretKey": "s"}}, "v1/gateway/claim")
        eventually(lambda: offer_of(owner, sensor), 20, "the sensor offers itself")
        claimed = buyer.api.post("/api/claims", json={"name": sensor.name, "secret": "s"})
        assert claimed.status_code == 200, claimed.text
        renamed = buyer.api.patch(f"/api/devices/{sensor.id}", json={"name": "kitchen"})
        assert renamed.status_code == 200
        kitchen = Device(sensor.id, "kitchen", sensor.token)

        def arrives():
            mqtt.publish({sensor.name: [{"celsius": 21}]}, "v1/gateway/telemetry")
            return buyer.value(kitchen, "celsius") == 21

        eventually(arrives, 20, "the buyer sees what the maker's gateway sends for it")
    assert owner.row(sensor) is None
