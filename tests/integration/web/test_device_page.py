"""The page /devices/<id>: live values and chart, history, token, settings, export."""

import re

import pytest
from playwright.sync_api import expect

from qlines.clock import SystemClock
from tests.harness.deadline import eventually
from tests.harness.mqtt_device import ATTRIBUTES, MqttDevice


@pytest.fixture
def device(alice):
    return alice.new_device()


@pytest.fixture
def history(appliance, alice, device):
    """Return a device with an hour of temperatures, with a gap of twenty minutes."""
    now_ms = SystemClock().now_us() // 1000
    minutes = [*range(60, 40, -1), *range(20, 0, -1)]
    messages = [
        {"ts": now_ms - ago * 60_000, "values": {"temperature": 20 + ago % 5, "state": "running"}}
        for ago in minutes
    ]
    with MqttDevice(appliance, device.token) as client:
        client.publish(messages)
    eventually(lambda: alice.value(device, "temperature") is not None, 20, "the history is stored")
    return device


def test_a_value_appears_without_a_reload_and_in_the_chart(appliance, open_page, alice, device):
    page = open_page(alice, f"/devices/{device.id}")
    expect(page.locator("#live-state")).to_have_text("Live")
    expect(page.locator("#latest")).to_contain_text("No values yet")

    with MqttDevice(appliance, device.token) as client:
        client.publish({"temperature": 21.5})
        client.publish({"firmware": "1.4.2"}, topic=ATTRIBUTES)

    expect(page.locator("#latest tr", has_text="temperature")).to_contain_text("21.5")
    expect(page.locator("#device-status")).to_have_text("Online")
    expect(page.locator("#chart canvas")).to_be_visible()
    expect(page.locator("#attributes")).to_contain_text("1.4.2")


def test_the_chart_keeps_its_range_and_keys_in_the_url(open_page, alice, history):
    page = open_page(alice, f"/devices/{history.id}")
    expect(page.get_by_role("checkbox", name="temperature")).to_be_checked()
    expect(page.get_by_role("checkbox", name="state")).not_to_be_checked()

    page.get_by_role("button", name="1 hour").click()
    page.get_by_role("checkbox", name="state").check()

    assert "range=1h" in page.url
    page.reload()
    expect(page.get_by_role("button", name="1 hour")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("checkbox", name="state")).to_be_checked()
    expect(page.locator("#chart-text")).to_contain_text("Averages over")


def test_a_rejected_message_is_shown_with_its_reason(appliance, open_page, alice, device):
    page = open_page(alice, f"/devices/{device.id}")

    with MqttDevice(appliance, device.token) as client:
        client.publish("temperature is 5")

    expect(page.locator("#rejected")).to_contain_text("not JSON")
    expect(page.locator("#rejected")).to_contain_text("temperature is 5")


def test_the_token_is_hidden_at_first_and_can_be_replaced(open_page, alice, device):
    page = open_page(alice, f"/devices/{device.id}")
    expect(page.locator("#token")).to_have_value(device.token)
    expect(page.locator("#token")).to_have_attribute("type", "password")

    page.locator("#token-show").click()
    expect(page.locator("#token")).to_have_attribute("type", "text")
    page.locator("#token-form button").click()
    page.locator("#confirm-yes").click()

    expect(page.locator("#token")).not_to_have_value(device.token)
    expect(page.locator("#snippets")).not_to_contain_text(device.token)


def test_it_is_renamed_and_removed(open_page, alice, device):
    # The page may request the device once more while it is being removed.
    page = open_page(alice, f"/devices/{device.id}", tolerated="404")

    page.fill("#name", "<b>renamed</b>")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#device-name")).to_have_text("<b>renamed</b>")
    page.get_by_role("button", name="Remove device").click()
    page.locator("#confirm-yes").click()

    page.wait_for_url("**/devices")
    assert alice.row(device) is None


def test_what_the_chart_shows_can_be_downloaded(open_page, alice, history):
    page = open_page(alice, f"/devices/{history.id}")
    expect(page.locator("#chart-text")).to_contain_text("Averages over")

    with page.expect_download() as download:
        page.get_by_role("button", name="Export CSV").click()

    lines = download.value.path().read_text().splitlines()
    assert re.search("temperature", "\n".join(lines[:3]))
    assert len(lines) >= 41


def test_the_pages_of_another_owner_are_not_found(open_page, bob, device):
    page = open_page(bob, f"/devices/{device.id}", tolerated="404")

    expect(page.locator("h1")).to_have_text("Not Found")
