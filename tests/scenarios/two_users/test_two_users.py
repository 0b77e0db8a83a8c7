"""The story of two customers: Bob sees nothing of Alice's devices, on any path."""

import time

import pytest
import socketio

from tests.harness.deadline import eventually
from tests.harness.live_page import LivePage
from tests.harness.mqtt_device import MqttDevice
from tests.harness.people import Api


@pytest.fixture(scope="module")
def boiler(appliance, alice):
    """Return Alice's device, with one reading."""
    device = alice.new_device("Alice's boiler")
    with MqttDevice(appliance, device.token) as mqtt:
        assert mqtt.publish({"temperature": 61})
    eventually(lambda: alice.value(device, "temperature") == 61, 5, "Alice sees it")
    return device


def test_each_sees_their_own_devices_in_the_list(alice, bob, boiler):
    barrow = bob.new_device("Bob's barrow")

    assert alice.row(boiler)["name"] == "Alice's boiler"
    assert bob.row(barrow)["name"] == "Bob's barrow"
    assert bob.row(boiler) is None
    assert alice.row(barrow) is None


def test_a_search_and_the_total_reveal_nothing_about_others(bob, boiler):
    answer = bob.api.document("/api/data", search="boiler")

    assert answer["items"] == []
    assert answer["total"] == 0


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/api/devices/{id}", None),
        ("GET", "/api/devices/{id}/keys", None),
        ("GET", "/api/devices/{id}/readings?keys=temperature", None),
        ("GET", "/api/devices/{id}/rejected", None),
        ("PATCH", "/api/devices/{id}", {"name": "mine now"}),
        ("POST", "/api/devices/{id}/token", {}),
        ("DELETE", "/api/devices/{id}", None),
    ],
)
def test_the_device_does_not_exist_for_another_user(alice, bob, boiler, method, path, body):
    answer = bob.api.request(method, path.format(id=boiler.id), json=body)

    assert answer.status_code == 404
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert "boiler" not in answer.text
    assert alice.row(boiler)["name"] == "Alice's boiler"


def test_another_user_cannot_export_it(bob, boiler):
    now_ms = int(time.time() * 1000)
    body = {"device": boiler.id, "keys": ["temperature"], "from": 0, "to": now_ms, "format": "csv"}

    assert bob.api.post("/api/exports", json=body).status_code == 404


def test_its_page_does_not_exist_for_another_user(bob, boiler):
    page = bob.browser().get(f"/devices/{boiler.id}")

    assert page.status_code == 404
    assert "boiler" not in page.text


def test_its_readings_are_not_pushed_to_another_user(appliance, alice, bob, boiler):
    with (
        LivePage(alice.browser(), appliance.url("/")) as hers,
        LivePage(bob.browser(), appliance.url("/")) as his,
        MqttDevice(appliance, boiler.token) as mqtt,
    ):
        hers.watch(boiler)
        his.watch(boiler)
        assert mqtt.publish({"temperature": 62})

        hers.wait_for(boiler, "temperature", 62)
        assert his.events == []


def test_a_socket_needs_a_session(appliance):
    with pytest.raises(socketio.exceptions.ConnectionError):
        socketio.Client(reconnection=False).connect(appliance.url("/"), wait_timeout=10)


def test_signing_out_ends_the_pushes(appliance, alice, boiler):
    browser = alice.browser()
    with LivePage(browser, appliance.url("/")) as live, MqttDevice(appliance, boiler.token) as mqtt:
        live.watch(boiler)
        assert mqtt.publish({"temperature": 70})
        live.wait_for(boiler, "temperature", 70)

        browser.sign_out()

        eventually(lambda: not live.socket.connected, 10, "the server closes the socket")
        assert mqtt.publish({"temperature": 71})
        eventually(lambda: alice.value(boiler, "temperature") == 71, 5, "the reading is stored")
        assert 71 not in live.values(boiler, "temperature")


@pytest.mark.parametrize(
    "path", ["/api/data", "/api/devices", "/api/exports/1", "/api/unregistered"]
)
def test_an_unknown_key_is_rejected(appliance, path):
    answer = Api(appliance, "no-such-key").get(path)

    assert answer.status_code == 401
    assert answer.headers["Content-Type"].startswith("application/problem+json")
