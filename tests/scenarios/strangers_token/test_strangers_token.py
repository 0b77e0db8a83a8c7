"""The story of a stranger: a token that nobody knows is refused, and the admin is told about it.

A device with a valid token at the same address, which many share, never feels it.
"""

import secrets

import requests

from tests.harness.deadline import eventually
from tests.harness.mqtt_device import MqttDevice


def new_token():
    return f"stranger-{secrets.token_hex(6)}"


def sighting(person, token):
    found = person.api.document("/api/unregistered")
    return next((item for item in found if item["name"] == token), None)


def test_mqtt_refuses_it_and_the_admin_sees_it(appliance, admin):
    token = new_token()

    with MqttDevice(appliance, token) as mqtt:
        assert mqtt.answer.getName() == "Not authorized"

    seen = eventually(lambda: sighting(admin, token), 5, "the admin is told")
    assert seen["source"] == "mqtt"
    assert seen["count"] == 1
    assert seen["first_seen"] == seen["last_seen"]


def test_http_refuses_it_and_the_admin_sees_it(appliance, admin):
    token = new_token()

    answer = requests.post(appliance.url(f"/api/v1/{token}/telemetry"), json={"x": 1}, timeout=10)

    assert answer.status_code == 401
    seen = eventually(lambda: sighting(admin, token), 5, "the admin is told")
    assert seen["source"] == "http"


def test_only_an_admin_may_look_at_strangers(alice):
    assert alice.api.get("/api/unregistered").status_code == 403
    assert alice.browser().get("/unregistered").status_code == 403


def test_the_admins_page_lists_them(admin):
    page = admin.browser().get("/unregistered")

    assert page.status_code == 200


def test_a_stranger_that_the_admin_registers_is_a_device_with_that_token(appliance, admin):
    token = new_token()
    with MqttDevice(appliance, token) as mqtt:
        assert mqtt.answer.is_failure
    eventually(lambda: sighting(admin, token), 5, "the admin is told")

    answer = admin.api.post(f"/api/unregistered/{token}/register", json={})

    assert answer.status_code == 201, answer.text
    assert sighting(admin, token) is None

    def is_let_in():
        with MqttDevice(appliance, token) as again:
            return again.is_connected and again.publish({"x": 1})

    eventually(is_let_in, 5, "the broker knows the token")


def test_a_stranger_that_the_admin_deletes_is_gone(appliance, admin):
    token = new_token()
    requests.post(appliance.url(f"/api/v1/{token}/telemetry"), json={"x": 1}, timeout=10)
    eventually(lambda: sighting(admin, token), 5, "the admin is told")

    assert admin.api.delete(f"/api/unregistered/{token}").status_code == 204
    assert sighting(admin, token) is None


def test_a_valid_token_from_the_same_address_never_feels_a_crowd_of_strangers(appliance, alice):
    device = alice.new_device()

    with MqttDevice(appliance, device.token) as before:
        for _ in range(100):
            with MqttDevice(appliance, new_token()) as stranger:
                assert stranger.answer.is_failure
            url = appliance.url(f"/api/v1/{new_token()}/telemetry")
            assert requests.post(url, json={"x": 1}, timeout=10).status_code == 401
        assert before.publish({"x": 1})
    with MqttDevice(appliance, device.token) as after:
        assert after.publish({"x": 2})

    url = appliance.url(f"/api/v1/{device.token}/telemetry")
    assert requests.post(url, json={"y": 3}, timeout=10).status_code == 200
    eventually(lambda: alice.value(device, "y") == 3, 5, "its readings are stored")
    assert alice.value(device, "x") == 2


def test_a_crowd_of_strangers_does_not_flood_the_log(appliance):
    before = len(appliance.logs().splitlines())

    for _ in range(300):
        url = appliance.url(f"/api/v1/{new_token()}/telemetry")
        assert requests.post(url, json={"x": 1}, timeout=10).status_code == 401

    assert len(appliance.logs().splitlines()) - before < 100
