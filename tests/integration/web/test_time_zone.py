"""The time zone that a person has chosen is the one of every time on every page."""

import pytest
from playwright.sync_api import expect

from tests.harness.mqtt_device import MqttDevice
from tests.harness.people import new_person

ZONE = "Pacific/Auckland"


@pytest.fixture
def dora(appliance):
    """Return a person with one device that has sent a value."""
    person = new_person(appliance, "dora")
    person.device = person.new_device()
    with MqttDevice(appliance, person.device.token) as client:
        client.publish({"temperature": 21.5})
    return person


def test_a_chosen_zone_applies_to_every_page_and_can_be_taken_back(open_page, dora):
    page = open_page(dora, "/account")
    browsers = page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone")
    expect(page.locator("#zone-now")).to_contain_text(f"({browsers})")

    page.select_option("#zone", ZONE)
    page.locator("form", has=page.locator("#zone")).get_by_role("button").click()

    expect(page.locator("#zone-now")).to_contain_text(f"({ZONE})")
    page.goto(f"/devices/{dora.device.id}")
    expect(page.locator("#chart-text")).to_contain_text(f"Times are in {ZONE}")
    assert f"({ZONE})" in page.locator("#latest time").get_attribute("title")
    page.goto("/account")
    page.select_option("#zone", "")
    page.locator("form", has=page.locator("#zone")).get_by_role("button").click()
    expect(page.locator("#zone-now")).to_contain_text(f"({browsers})")
