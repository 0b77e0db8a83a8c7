"""The story of messages that could not be stored, and of pages for others: what, why, what to do.

Point 25 of what a browser must do.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.harness.mqtt_device import MqttDevice
from tests.harness.pages import DESKTOP_FIRST, EACH_LOOK

ADMINS = ["/unregistered", "/people", "/changes", "/backups", "/system"]
SECONDS = '{"ts": 1700000000, "values": {"temperature": 5}}'


@DESKTOP_FIRST
def test_a_rejected_message_is_shown_with_its_reason_and_what_to_do(appliance, open_page, alice):
    device = alice.new_device()
    page = open_page(alice, f"/devices/{device.id}")

    with MqttDevice(appliance, device.token) as client:
        client.publish("temperature is 5")
        client.publish(SECONDS)

    row = page.locator("#rejected tr", has_text="temperature is 5")
    expect(row).to_contain_text("not JSON")
    expect(row).to_contain_text('How to fix: Send JSON, such as {"temperature": 21.5}')
    expect(row).to_contain_text("v1/devices/me/telemetry")
    expect(row.locator("time")).to_have_attribute("title", re.compile(r"\d:\d\d"))
    expect(page.locator("#rejected tr", has_text="1700000000").first).to_contain_text(
        "it looks like seconds, multiply it by 1000"
    )


@pytest.mark.parametrize("path", ADMINS)
def test_a_page_for_admins_is_refused_to_others_and_leads_back(open_page, alice, path):
    page = open_page(alice, path, tolerated="403")

    expect(page.locator(".empty-header")).to_have_text("403")
    expect(page.get_by_role("navigation", name="Pages").get_by_role("link")).to_have_text(
        ["Devices", "Alarms", "Rules", "Products", "Account"]
    )
    page.get_by_role("link", name="Back to your devices").click()
    page.wait_for_url("**/devices")


@EACH_LOOK
def test_an_admin_reaches_each_of_them_by_the_menu(open_page, admin):
    page = open_page(admin, "/account")
    menu = page.get_by_role("navigation", name="Pages")

    paths = [link.get_attribute("href") for link in menu.get_by_role("link").all()]

    assert paths == ["/devices", "/alarms", "/alarm-rules", "/products", *ADMINS, "/account"]
