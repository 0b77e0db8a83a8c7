"""The story of another worker: pages and sockets do not need eventlet, gthread serves them too."""

from playwright.sync_api import expect

from tests.harness.deadline import eventually
from tests.harness.docker import run
from tests.harness.live_page import LivePage
from tests.harness.mqtt_device import MqttDevice
from tests.harness.people import new_person

GUNICORN = (
    "gunicorn --config /opt/qlines/etc/gunicorn/gunicorn.conf.py"
    " --worker-class gthread --threads 16 -w 1 qlines:app --bind 0.0.0.0:5000"
)


def test_the_live_page_works_under_gthread(new_appliance, open_page):
    appliance = new_appliance().start()
    person = new_person(appliance, "thea")
    device = person.new_device()
    appliance.supervisor("stop", "gunicorn")
    run("docker", "exec", "-d", appliance.name, *GUNICORN.split())
    eventually(
        lambda: person.api.get("/api/data").status_code == 200, 30, "gthread serves requests"
    )
    page = open_page(person, f"/devices/{device.id}")
    expect(page.locator("#live-state")).to_have_text("Live")

    with (
        LivePage(person.browser(), appliance.url("")) as live,
        MqttDevice(appliance, device.token) as client,
    ):
        assert live.watch(device) == {"ok": True}
        client.publish({"temperature": 21.5})

        live.wait_for(device, "temperature", 21.5)
    expect(page.locator("#latest")).to_contain_text("21.5")
