"""The story of an unknown token: it is refused, and within 5 s the admin sees it on a page.

The rate limit for unknown tokens never slows a device with a valid token at the same address.
"""

import secrets

import requests

from tests.harness.deadline import eventually
from tests.harness.mqtt_device import MqttDevice


def values(person, device):
    return person.value(device, "x"), person.value(device, "y")


def new_token():
    return f"unknown-{secrets.token_hex(6)}"


def sighting(person, token):
    sightings = person.api.document("/api/unregistered")
    return next((item for item in sightings if item["name"] == token), None)


def test_mqtt_refuses_an_unknown_token_and_the_admin_sees_it(appliance, admin):
    token = new_token()

    with MqttDevice(appliance, token) as mqtt:
        assert mqtt.answer.getName() == "Not authorized"

    shown = eventually(lambda: sighting(admin, token), 5, "the admin sees the token")
    assert shown["source"] == "mqtt"
    assert shown["count"] == 1
    assert shown["first_seen"] == shown["last_seen"]


def test_http_refuses_an_unknown_token_and_the_admin_sees_it(appliance, admin):
    token = new_token()

    answer = requests.post(appliance.url(f"/api/v1/{token}/telemetry"), json={"x": 1}, timeout=10)

    assert answer.status_code == 401
    shown = eventually(lambda: sighting(admin, token), 5, "the admin sees the token")
    assert shown["source"] == "http"


def test_only_an_admin_may_see_unknown_tokens(alice):
    assert alice.api.get("/api/unregistered").status_code == 403
    assert alice.browser().get("/unregistered").status_code == 403


def test_the_admin_has_a_page_for_them(admin):
    page = admin.browser().get("/unregistered")

    # Its script fills the table; browser_unregistered runs it.
    assert page.status_code == 200
    assert "Unregistered devices" in page.text
    assert "/static/js/unregistered.js" in page.text


def test_an_unknown_token_that_the_admin_registers_becomes_a_device(appliance, admin):
    token = new_token()
    with MqttDevice(appliance, token) as mqtt:
        assert mqtt.answer.is_failure
    eventually(lambda: sighting(admin, token), 5, "the admin sees the token")

    answer = admin.api.post(f"/api/unregistered/{token}/register", json={})

    assert answer.status_code == 201, answer.text
    assert sighting(admin, token) is None

    def is_accepted():
        with MqttDevice(appliance, token) as again:
            return again.is_connected and again.publish({"x": 1})

    eventually(is_accepted, 5, "the broker accepts the token")


def test_an_unknown_token_that_the_admin_deletes_is_gone(appliance, admin):
    token = new_token()
    requests.post(appliance.url(f"/api/v1/{token}/telemetry"), json={"x": 1}, timeout=10)
    eventually(lambda: sighting(admin, token), 5, "the admin sees the token")

    assert admin.api.delete(f"/api/unregistered/{token}").status_code == 204
    assert sighting(admin, token) is None


def test_a_valid_token_is_not_slowed_by_200_unknown_ones_from_its_address(appliance, alice):
    device = alice.new_device()

    with MqttDevice(appliance, device.token) as before:
        for _ in range(100):
            with MqttDevice(appliance, new_token()) as unknown:
                assert unknown.answer.is_failure
            url = appliance.url(f"/api/v1/{new_token()}/telemetry")
            assert requests.post(url, json={"x": 1}, timeout=10).status_code == 401
        assert before.publish({"x": 1})
    with MqttDevice(appliance, device.token) as after:
        assert after.publish({"x": 2})

    url = appliance.url(f"/api/v1/{device.token}/telemetry")
    assert requests.post(url, json={"y": 3}, timeout=10).status_code == 200
    eventually(lambda: values(alice, device) == (2, 3), 5, "its readings are stored")


def test_300_unknown_tokens_do_not_flood_the_log(appliance):
    before = len(appliance.logs().splitlines())

    for _ in range(300):
        url = appliance.url(f"/api/v1/{new_token()}/telemetry")
        assert requests.post(url, json={"x": 1}, timeout=10).status_code == 401

    assert len(appliance.logs().splitlines()) - before < 100
