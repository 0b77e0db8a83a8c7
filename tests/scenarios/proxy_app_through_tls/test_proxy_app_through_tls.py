"""The story of the real app behind the proxy: a device over MQTT with TLS, a user's browser."""

import pytest
from playwright.sync_api import expect

from tests.harness.appliance import Appliance
from tests.harness.browser import visit
from tests.harness.deadline import eventually
from tests.harness.docker import HARDENED
from tests.harness.mqtt_device import MqttDevice
from tests.harness.pages import DEADLINE_MS
from tests.harness.people import new_person
from tests.harness.proxy import Proxy


@pytest.fixture(scope="module")
def proxy(network, proxy_image):
    """Return a proxy whose app starts later, as after a reboot."""
    return Proxy(network, proxy_image)


@pytest.fixture(scope="module")
def behind(image, network, proxy):
    """Return the real app, with its public address on HTTPS."""
    app = Appliance(
        image,
        environment={"QLINES_PUBLIC_URL": proxy.url("")},
        options=(*HARDENED, "--network", network.name, "--network-alias", "app"),
    )
    try:
        app.start()
        proxy.wait_up("app")
        yield app
    finally:
        app.remove()


@pytest.fixture(scope="module")
def owner(behind):
    """Return the owner of the devices."""
    return new_person(behind, "olga")


@pytest.fixture
def secure_device(behind, proxy):
    """Return a function that makes devices which use TLS without verifying the certificate."""

    def make(token):
        return MqttDevice(behind, token, tls_port=proxy.mqtts_port)

    return make


def data(proxy, owner, device, key):
    """Return the latest value of a key in /api/data, through the proxy."""
    answer = proxy.get(
        "/api/data",
        headers={"Authorization": f"Bearer {owner.key}"},
        params={"search": device.name},
    )
    return answer.json()["items"][0]["values"].get(key, {}).get("value")


def test_a_reading_over_mqtt_with_tls_is_in_the_api(proxy, owner, secure_device):
    device = owner.new_device()

    with secure_device(device.token) as mqtt:
        assert mqtt.publish({"temperature": 21.5})

        eventually(
            lambda: data(proxy, owner, device, "temperature") == 21.5,
            10,
            "the reading is in the API",
        )


def test_an_unknown_token_is_refused_through_tls_too(secure_device):
    with secure_device("no-such-token-0001") as device:
        assert device.answer.is_failure


def test_a_reading_over_https_is_in_the_api(proxy, owner):
    device = owner.new_device()
    url = f"https://127.0.0.1:{proxy.https_port}/api/v1/{device.token}/telemetry"

    assert proxy.session().post(url, json={"humidity": 40}).status_code == 200

    eventually(
        lambda: data(proxy, owner, device, "humidity") == 40, 10, "the reading is in the API"
    )


@pytest.mark.long
def test_a_device_waits_over_https_for_longer_than_any_page_may_take(proxy, owner):
    device = owner.new_device()
    milliseconds = 80_000  # nginx gives up on other requests after 75 s

    answer = proxy.get(f"/api/v1/{device.token}/rpc?timeout={milliseconds}", timeout=120)

    assert (answer.status_code, answer.content) == (408, b"")
    assert answer.elapsed.total_seconds() >= milliseconds / 1000


@pytest.mark.usefixtures("behind")
def test_the_app_sets_secure_cookies_behind_https(proxy):
    answer = proxy.get("/login")

    assert answer.status_code == 200
    assert "Secure" in answer.headers["Set-Cookie"]


def test_a_page_is_live_in_a_browser_over_a_websocket_through_tls(
    chromium, proxy, owner, secure_device
):
    device = owner.new_device("Boiler")
    sockets = []
    context = chromium.new_context(ignore_https_errors=True, base_url=proxy.url(""))
    page = context.new_page()
    page.set_default_timeout(DEADLINE_MS)
    page.on("websocket", lambda socket: sockets.append(socket.url))
    visit(page, "/login")
    page.fill("#email", owner.email)
    page.fill("#password", owner.password)
    page.click("button[type=submit]")
    page.wait_for_url("**/devices")
    visit(page, f"/devices/{device.id}")
    expect(page.locator("#live-state")).to_have_text("Live")

    with secure_device(device.token) as mqtt:
        assert mqtt.publish({"temperature": 63.25})
        expect(page.locator("#latest")).to_contain_text("63.25")
    context.close()

    assert sockets
    assert sockets[0].startswith(f"wss://localhost:{proxy.https_port}/socket.io/")
