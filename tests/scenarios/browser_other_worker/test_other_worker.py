"""The story of another worker: pages and sockets do not need eventlet, gthread serves them too."""

import pytest
from playwright.sync_api import expect

from tests.harness.deadline import eventually
from tests.harness.docker import run
from tests.harness.live_page import LivePage
from tests.harness.mqtt_device import MqttDevice

GUNICORN = (
    "gunicorn --config /opt/qlines/etc/gunicorn/gunicorn.conf.py --pid /tmp/gthread.pid"
    " --worker-class gthread --threads 16 -w 1 qlines:app --bind 0.0.0.0:5000"
)


@pytest.fixture
def by_gthread(killable_appliance):
    """Yield the appliance while its pages are served by gthread."""
    killable_appliance.supervisor("stop", "gunicorn")
    run("docker", "exec", "-d", killable_appliance.name, *GUNICORN.split())
    try:
        yield killable_appliance
    finally:
        killable_appliance.exec("sh", "-c", "kill $(cat /tmp/gthread.pid)")
        killable_appliance.supervisor("start", "gunicorn")
        killable_appliance.wait_well()


def test_the_live_page_works_under_gthread(owner, by_gthread, open_page):
    eventually(lambda: owner.api.get("/api/data").status_code == 200, 30, "gthread answers")
    device = owner.new_device()
    page = open_page(owner, f"/devices/{device.id}")
    expect(page.locator("#live-state")).to_have_text("Live")

    with (
        LivePage(owner.browser(), by_gthread.url("")) as live,
        MqttDevice(by_gthread, device.token) as client,
    ):
        assert live.watch(device) == {"ok": True}
        client.publish({"temperature": 21.5})

        live.wait_for(device, "temperature", 21.5)
    expect(page.locator("#latest")).to_contain_text("21.5")
