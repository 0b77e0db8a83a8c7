"""While a page loads, what is there does not jump."""

import pytest
from playwright.sync_api import expect

from tests.harness.browser import visit
from tests.harness.mqtt_device import MqttDevice
from tests.harness.people import new_person

NOTE_SHIFTS = """
window.shift = 0;
new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) window.shift += entry.value;
}).observe({ type: "layout-shift", buffered: true });
"""
GOOD = 0.1  # what web.dev calls good; the whole page that moves by its height is 1


@pytest.fixture(scope="module")
def owner(appliance):
    """Return somebody with thirty devices; the first one has sent two values."""
    person = new_person(appliance, "patient")
    person.devices = [person.new_device(f"pump {number:02}", tags=["roof"]) for number in range(30)]
    with MqttDevice(appliance, person.devices[0].token) as client:
        client.publish({"temperature": 21.5, "pressure": 3})
    return person


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("path", ["/devices", "/devices/{}"])
def test_nothing_jumps_when_the_data_come(open_page, owner, path, width):
    page = open_page(owner, "/account", width=width)
    page.add_init_script(NOTE_SHIFTS)

    visit(page, path.format(owner.devices[0].id))
    expect(page.locator("[data-loading]")).to_have_count(0)
    expect(page.locator("[aria-busy=true]")).to_have_count(0)
    expect(page.locator("#live-state")).to_have_text("Live")

    assert page.evaluate("window.shift") < GOOD
