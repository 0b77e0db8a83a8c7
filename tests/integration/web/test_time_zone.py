"""The time zone that a person has chosen is the one of every time on every page."""

import pytest
from playwright.sync_api import expect

from tests.harness.browser import visit
from tests.harness.mqtt_device import MqttDevice
from tests.harness.people import new_person

# A minute before and after New York changes its clocks: 02:00 becomes 03:00, 02:00 becomes 01:00.
CLOCKS_CHANGE = [
    "2026-03-08T06:59Z", "2026-03-08T07:01Z", "2026-11-01T05:59Z", "2026-11-01T06:01Z",
]  # fmt: skip
HOURS = """async (moments) => {
  const { chartDate } = await import("/static/js/chart_time.js");
  return moments.map((moment) => chartDate(Date.parse(moment) / 1000).getHours());
}"""


@pytest.fixture
def dora(appliance):
    """Return a person with one device that has sent a value."""
    person = new_person(appliance, "dora")
    person.device = person.new_device()
    with MqttDevice(appliance, person.device.token) as client:
        client.publish({"temperature": 21.5})
    return person


def choose(page, zone):
    visit(page, "/account")
    page.select_option("#zone", zone)
    page.locator("form", has=page.locator("#zone")).get_by_role("button").click()
    page.locator(".alert-success").wait_for()


def test_a_chosen_zone_applies_to_every_page_and_can_be_taken_back(open_page, dora):
    page = open_page(dora, "/account")
    browsers = page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone")
    expect(page.locator("#zone-now")).to_contain_text(f"({browsers})")

    choose(page, "Pacific/Auckland")

    expect(page.locator("#zone-now")).to_contain_text("(Pacific/Auckland)")
    visit(page, f"/devices/{dora.device.id}")
    expect(page.locator("#chart-text")).to_contain_text("Times are in Pacific/Auckland")
    assert "(Pacific/Auckland)" in page.locator("#latest time").get_attribute("title")
    choose(page, "")
    expect(page.locator("#zone-now")).to_contain_text(f"({browsers})")


def test_the_charts_know_the_days_on_which_clocks_change(open_page, dora):
    page = open_page(dora, "/account")
    choose(page, "America/New_York")
    visit(page, f"/devices/{dora.device.id}")

    hours = page.evaluate(HOURS, CLOCKS_CHANGE)

    assert hours == [1, 3, 1, 1]
