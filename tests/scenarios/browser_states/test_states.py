"""The story of a page that has nothing to show: it loads, it failed, or there is nothing yet.

Each says so in words, and what to do. More empty lists are in browser_first_steps and
browser_devices.

Point 23 of what a browser must do.
"""

import pytest
from playwright.sync_api import expect

from tests.harness.browser import visit
from tests.harness.mqtt_device import MqttDevice
from tests.harness.pages import DESKTOP_FIRST, EACH_LOOK
from tests.harness.people import new_person

UNREACHABLE = "The server cannot be reached."
LISTS = {
    "/devices": "**/api/data?*",
    "/unregistered": "**/api/unregistered",
    "/system": "**/api/system",
}


@pytest.fixture
def device(appliance, alice):
    device = alice.new_device()
    with MqttDevice(appliance, device.token) as client:
        client.publish({"temperature": 21.5})
    return device


@DESKTOP_FIRST
def test_a_chart_loads_in_its_place_and_after_an_error_it_can_be_tried_again(
    open_page, alice, device
):
    page = open_page(alice, "/account", tolerated="ERR_FAILED")
    page.route("**/readings?*", lambda _route: None)  # it stays unanswered
    visit(page, f"/devices/{device.id}")
    expect(page.locator("#tiles")).to_contain_text("21.5")
    expect(page.locator("#chart-text")).to_have_text("Loading…")
    height = page.locator("#chart").bounding_box()["height"]

    page.unroute_all(behavior="ignoreErrors")
    page.route("**/readings?*", lambda route: route.abort())
    page.get_by_role("button", name="1 hour").click()
    expect(page.locator("#chart-text")).to_have_text(UNREACHABLE)
    button = page.locator("#chart-action", has_text="Try again")
    expect(button).to_be_visible()
    page.unroute_all(behavior="ignoreErrors")
    # Not by the mouse: a page that has tried by itself in the meantime hides the button.
    button.evaluate("button => button.click()")

    expect(page.locator("#chart-text")).to_contain_text("1 point =")
    assert page.locator("#chart").bounding_box()["height"] == pytest.approx(height, abs=40)


@DESKTOP_FIRST
def test_a_chart_that_failed_says_so_once(open_page, alice, device):
    page = open_page(alice, "/account", tolerated="503")
    answer = {"detail": "clickhouse is away"}
    page.route("**/readings?*", lambda route: route.fulfill(status=503, json=answer))

    visit(page, f"/devices/{device.id}")

    expect(page.locator("#chart-text")).to_have_text("clickhouse is away")
    # The tables are fetched after the chart: from now on the page could have said it, too.
    expect(page.locator("#attributes")).not_to_contain_text("Loading…")
    expect(page.get_by_text("clickhouse is away")).to_have_count(1)
    expect(page.get_by_role("button", name="Try again")).to_have_count(1)


@pytest.mark.parametrize("path", LISTS)
@DESKTOP_FIRST
def test_a_list_that_cannot_be_fetched_says_why(open_page, admin, path):
    page = open_page(admin, "/account", tolerated="ERR_FAILED")
    page.route(LISTS[path], lambda route: route.abort())

    visit(page, path)

    expect(page.get_by_text(UNREACHABLE).first).to_be_visible()


@EACH_LOOK
def test_who_has_no_devices_learns_what_to_do(appliance, open_page):
    page = open_page(new_person(appliance, "newcomer"), "/devices")

    expect(page.locator("#empty-title")).to_have_text("No devices yet")
    expect(page.locator("#toolbar")).to_be_hidden()
    page.get_by_role("link", name="Add your first device").click()

    page.wait_for_url("**/devices/new")


@DESKTOP_FIRST
def test_a_device_that_has_sent_nothing_shows_how_to_send(open_page, alice):
    page = open_page(alice, f"/devices/{alice.new_device().id}")

    expect(page.locator("#chart-text")).to_have_text("No values yet.")
    expect(page.locator("#latest")).to_contain_text("“Send a value” below shows a command.")
    expect(page.locator("#attributes")).to_contain_text("No attributes yet.")
    expect(page.locator("#rejected")).to_contain_text("None. Every message was stored.")
    expect(page.locator("#snippets pre")).to_be_visible()
