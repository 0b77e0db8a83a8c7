"""The story of devices that leave the factory with the key of their product, and without a token.

Each asks for its own token over HTTP when it is first switched on, and sends at once. One that is
new waits until its owner approves it; one that lost its memory asks again once it may.
"""

import secrets

import pytest
import requests

from tests.harness.deadline import eventually


@pytest.fixture
def factory(appliance, alice):
    return Factory(appliance, alice)


class Factory:
    """Alice's product, and the devices that she builds with its key."""

    def __init__(self, appliance, alice):
        self.appliance, self.api = appliance, alice.api
        self.product = self.new_product()

    def new_product(self, **fields):
        body = {"name": f"Meter {secrets.token_hex(4)}", **fields}
        answer = self.api.post("/api/products", json=body)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def change(self, **fields):
        answer = self.api.patch(f"/api/products/{self.product['id']}", json=fields)
        assert answer.status_code == 200, answer.text

    def ask(self, **fields):
        keys = {
            "provisionDeviceKey": self.product["key"],
            "provisionDeviceSecret": self.product["secret"],
        }
        answer = requests.post(
            self.appliance.url("/api/v1/provision"), json={**keys, **fields}, timeout=30
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    def send(self, token):
        """Send a reading and return the status."""
        path = self.appliance.url(f"/api/v1/{token}/telemetry")
        return requests.post(path, json={"temperature": 21.5}, timeout=30).status_code

    def device(self, name):
        [found] = self.api.document("/api/devices", search=name)["items"]
        return found


def test_a_device_asks_for_its_token_and_can_send_at_once(factory):
    name = f"meter {secrets.token_hex(4)}"

    answer = factory.ask(deviceName=name)

    assert answer == {
        "status": "SUCCESS",
        "credentialsType": "ACCESS_TOKEN",
        "credentialsValue": answer["credentialsValue"],
        "deviceName": name,
    }
    assert factory.send(answer["credentialsValue"]) == 200
    device = factory.device(name)
    eventually(
        lambda: factory.api.document(f"/api/devices/{device['id']}/latest")["values"],
        30,
        "its owner sees what it sends",
    )
    assert device["product"] == factory.product["id"]
    again = factory.ask(deviceName=name)
    assert again["status"] == "FAILURE"
    assert "May provision again" in again["errorMsg"]
    factory.product["secret"] = "wrong"
    assert factory.ask(deviceName="another")["status"] == "NOT_FOUND"


def test_a_device_in_quarantine_is_refused_until_it_is_approved(factory):
    factory.change(quarantine=True)
    token = factory.ask()["credentialsValue"]

    assert factory.send(token) == 401

    [waiting] = [
        one
        for one in factory.api.document("/api/waiting-devices")["items"]
        if one["product"]["id"] == factory.product["id"]
    ]
    answer = factory.api.post("/api/waiting-devices/approve", json={"devices": [waiting["id"]]})
    assert answer.status_code == 200, answer.text
    assert factory.send(token) == 200


def test_a_device_that_lost_its_token_asks_again_once_it_may(factory):
    name = f"meter {secrets.token_hex(4)}"
    old = factory.ask(deviceName=name)["credentialsValue"]
    path = f"/api/devices/{factory.device(name)['id']}/provisioning"

    assert factory.api.post(path, json={"seconds": 3600}).status_code == 200
    new = factory.ask(deviceName=name)["credentialsValue"]

    assert factory.send(new) == 200
    eventually(lambda: factory.send(old) == 401, 10, "the old token is refused")
    assert factory.ask(deviceName=name)["status"] == "FAILURE"
