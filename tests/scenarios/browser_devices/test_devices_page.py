"""The story of a list: the server pages, sorts and searches it, and the address says what it shows.

"Last seen" is the time of the server.

Points 7 and 16 of what a browser must do.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.harness.browser import visit
from tests.harness.mqtt_device import MqttDevice
from tests.harness.pages import DESKTOP, DESKTOP_FIRST, EACH_LOOK, PHONE, shown_names
from tests.harness.people import new_person


@pytest.fixture(scope="module")
def dora(appliance):
    """Return a user with 30 devices whose names sort differently as text and as numbers."""
    person = new_person(appliance, "dora")
    for number in range(1, 31):
        person.new_device(f"pump {number}")
    return person


@EACH_LOOK
def test_a_value_appears_without_a_reload(appliance, open_page, alice, look):
    device = alice.new_device()
    page = open_page(alice, f"/devices?search={device.name}")
    expect(page.locator("#live-state")).to_have_text("Live")

    with MqttDevice(appliance, device.token) as client:
        client.publish({"temperature": 17.25})

    row = page.locator(".tabulator-row", has_text=device.name)
    expect(row).to_contain_text({DESKTOP: "temperature 17.25", PHONE: "17.25 temperature"}[look])
    expect(row).to_contain_text("Online")


@DESKTOP_FIRST
def test_the_server_pages_and_the_page_number_is_in_the_url(open_page, dora):
    page = open_page(dora, "/devices?per_page=25")
    expect(page.locator("#page-text")).to_have_text("1 to 25 of 30")
    assert shown_names(page)[:2] + shown_names(page)[9:10] == ["pump 1", "pump 2", "pump 10"]

    page.get_by_role("button", name="Next").click()
    expect(page.locator("#page-text")).to_have_text("26 to 30 of 30")

    assert "page=2" in page.url
    visit(page, page.url)
    expect(page.locator("#page-text")).to_have_text("26 to 30 of 30")
    assert shown_names(page) == [f"pump {number}" for number in range(26, 31)]


@DESKTOP_FIRST
def test_a_search_is_in_the_url_and_can_be_cleared(open_page, dora):
    page = open_page(dora, "/devices")

    page.fill("#search", "pump 3")
    expect(page.locator("#page-text")).to_have_text("1 to 2 of 2")
    assert shown_names(page) == ["pump 3", "pump 30"]
    assert re.search(r"search=pump(\+|%20)3", page.url)

    page.fill("#search", "nothing like this")
    expect(page.locator("#empty-title")).to_have_text("No devices found")
    page.locator("#empty-clear").click()
    expect(page.locator("#page-text")).to_have_text("1 to 30 of 30")


def test_the_order_can_be_changed_by_keyboard(open_page, dora):
    page = open_page(dora, "/devices?search=pump 2")
    expect(page.locator("#page-text")).to_contain_text("of 11")

    page.locator("[data-sort=name]").focus()
    page.keyboard.press("Enter")

    expect(page.locator(".tabulator-row a").first).to_have_text("pump 29")
    assert "order=desc" in page.url
    header = page.locator('[role=columnheader]:has([data-sort="name"])')
    expect(header).to_have_attribute("aria-sort", "descending")


def test_a_page_that_no_longer_exists_leads_to_the_last_one(open_page, dora):
    page = open_page(dora, "/devices?page=99&per_page=25")

    expect(page.locator("#page-text")).to_have_text("26 to 30 of 30")
