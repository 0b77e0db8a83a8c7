"""The story of one device: its page shows what arrives, and its owner names and removes it."""

import pytest
from playwright.sync_api import expect

from tests.harness.mqtt_device import ATTRIBUTES, MqttDevice
from tests.harness.pages import DESKTOP_FIRST, EACH_LOOK


@pytest.fixture
def device(alice):
    return alice.new_device()


@DESKTOP_FIRST
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


def test_it_is_renamed_and_removed(open_page, alice, device):
    # The page may request the device once more while it is being removed.
    page = open_page(alice, f"/devices/{device.id}", tolerated="404")

    page.fill("#name", "<b>renamed</b>")
    page.get_by_role("button", name="Save").click()
    expect(page.locator("#device-name")).to_have_text("<b>renamed</b>")
    page.get_by_role("button", name="Remove device").click()
    page.fill("#remove-name", "<b>renamed</b>")
    page.get_by_role("button", name="Remove", exact=True).click()

    page.wait_for_url("**/devices")
    assert alice.row(device) is None


def test_a_device_is_not_removed_until_its_name_is_typed(open_page, alice, device):
    page = open_page(alice, f"/devices/{device.id}", tolerated="404")
    page.get_by_role("button", name="Remove device").click()

    page.fill("#remove-name", "another")
    page.get_by_role("button", name="Remove", exact=True).click()

    expect(page.locator("#remove-error")).to_have_text(f"Type {device.name} to remove the device.")
    assert alice.row(device) is not None
    page.fill("#remove-name", device.name)
    page.keyboard.press("Enter")
    page.wait_for_url("**/devices")
    assert alice.row(device) is None


@EACH_LOOK
def test_labels_and_units_are_shown_with_the_values(appliance, open_page, alice, device):
    with MqttDevice(appliance, device.token) as client:
        client.publish({"t.in": 21.5, "p": 3})
    page = open_page(alice, f"/devices/{device.id}")
    expect(page.locator("#tiles")).to_contain_text("21.5")

    page.get_by_role("button", name="Labels and units").click()
    page.get_by_label("Label of t.in").fill("<b>Water</b>")
    page.get_by_label("Unit of t.in").fill("°C")
    page.get_by_role("button", name="Save").last.click()

    expect(page.locator("#labels")).to_be_hidden()
    for shown in (page, open_page(alice, f"/devices/{device.id}")):
        expect(shown.locator("#tiles li", has_text="<b>Water</b>")).to_contain_text("21.5 °C")
        expect(shown.locator("#latest tr", has_text="t.in")).to_contain_text("21.5 °C")
        expect(shown.locator("#chart .u-legend")).to_contain_text("<b>Water</b>")
        expect(shown.get_by_role("checkbox", name="<b>Water</b>")).to_be_checked()


def test_a_label_that_is_refused_keeps_what_was_typed(appliance, open_page, alice, device):
    with MqttDevice(appliance, device.token) as client:
        client.publish({"p": 3})
    page = open_page(alice, f"/devices/{device.id}", tolerated="422")
    expect(page.locator("#tiles")).to_contain_text("3")
    page.get_by_role("button", name="Labels and units").click()

    page.get_by_label("Unit of p").evaluate("node => { node.value = 'x'.repeat(17) }")
    page.get_by_role("button", name="Save").last.click()

    expect(page.locator("#labels-error")).to_contain_text("at most 16 characters")
    expect(page.get_by_label("Unit of p")).to_have_value("x" * 17)


def test_a_tile_is_updated_in_place(appliance, open_page, alice, device):
    with MqttDevice(appliance, device.token) as client:
        client.publish({"p": 3})
        page = open_page(alice, f"/devices/{device.id}")
        expect(page.locator("#tiles li")).to_contain_text("3")
        page.locator("#tiles li").evaluate("node => { node.dataset.same = 'yes' }")
        expect(page.locator("#live-state")).to_have_text("Live")

        client.publish({"p": 4.5})

        expect(page.locator("#tiles li[data-same=yes]")).to_contain_text("4.5")


def test_it_says_since_when_the_device_is_connected_and_why_not(
    appliance, open_page, alice, device
):
    page = open_page(alice, f"/devices/{device.id}")
    expect(page.locator("#presence")).to_contain_text("Never connected by MQTT")

    with MqttDevice(appliance, device.token) as client:
        client.publish({"p": 3})
        expect(page.locator("#presence")).to_contain_text("Connected by MQTT. The connection began")

    expect(page.locator("#presence")).to_contain_text("client disconnected")
    expect(page.locator("#presence")).to_contain_text("ended the connection itself")
    expect(page.locator("#presence-rows tr")).to_have_count(2)
    expect(page.locator("#presence-rows tr").first).to_contain_text("client disconnected")


def test_the_pages_of_another_owner_are_not_found(open_page, bob, device):
    page = open_page(bob, f"/devices/{device.id}", tolerated="404")

    expect(page.locator("h1")).to_have_text("Not Found")
