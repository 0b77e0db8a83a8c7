"""The story of names that look like HTML: everywhere they are the text that somebody has typed.

Point 22 of what a browser must do. No script of theirs runs on any page (harness/pages.py).
"""

import secrets

import pytest
from playwright.sync_api import expect

from tests.harness.deadline import eventually
from tests.harness.mqtt_device import MqttDevice
from tests.harness.pages import DESKTOP_FIRST, EACH_LOOK
from tests.harness.people import new_person

HOSTILE = "<img src=x onerror=alert(1)>"
KEY = f"{HOSTILE} key"
UNIT = "<i onload=a()>"
TAG = "<b>cellar</b>"


@pytest.fixture(scope="module")
def mallory(appliance):
    """Return a person whose device has a hostile name, tag, key, label, unit, value and message."""
    person = new_person(appliance, "mallory")
    person.device = person.new_device(HOSTILE, tags=[TAG])
    displays = {KEY: {"label": f"{HOSTILE} label", "unit": UNIT}}
    path = f"/api/devices/{person.device.id}"
    assert person.api.patch(path, json={"displays": displays}).status_code == 200
    with MqttDevice(appliance, person.device.token) as client:
        client.publish({KEY: 21.5, "text": HOSTILE})
        client.publish(HOSTILE)
    eventually(lambda: person.value(person.device, KEY) == 21.5, 20, "the value is shown")
    return person


def has_no_element_of_theirs(page):
    return page.locator("main :is(img, b, i, script)").count() == 0


@EACH_LOOK
def test_in_the_table_its_filters_and_what_was_done(open_page, mallory):
    page = open_page(mallory, "/devices")

    row = page.locator(".tabulator-row")
    expect(row.get_by_role("link", name=HOSTILE, exact=True)).to_be_visible()
    expect(row).to_contain_text(KEY)
    row.get_by_label(f"Select {HOSTILE}").check()
    page.fill("#bulk-tag", HOSTILE)
    page.get_by_role("button", name="Add tag").click()
    expect(page.locator("#main, #toasts").get_by_text(f"with {HOSTILE}")).to_be_visible()
    page.locator("#tag-filter").select_option(TAG)
    expect(page.get_by_label(f"Remove the filter Tag: {TAG}")).to_be_visible()

    assert has_no_element_of_theirs(page)


@DESKTOP_FIRST
def test_on_the_page_of_the_device_its_title_and_its_dialogs(open_page, mallory):
    page = open_page(mallory, f"/devices/{mallory.device.id}")

    expect(page).to_have_title(f"{HOSTILE} · QLines")
    expect(page.locator("#device-name")).to_have_text(HOSTILE)
    expect(page.locator("#tiles li", has_text=f"{HOSTILE} label")).to_contain_text(f"21.5 {UNIT}")
    expect(page.locator("#latest tr", has_text=KEY)).to_contain_text(f"21.5 {UNIT}")
    expect(page.locator("#latest tr", has_text="text")).to_contain_text(HOSTILE)
    expect(page.locator("#rejected code").last).to_have_text(HOSTILE)
    page.get_by_role("button", name="Labels and units").click()
    expect(page.get_by_label(f"Unit of {KEY}")).to_have_value(UNIT)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Remove device").click()
    expect(page.locator("#remove-expected")).to_have_text(HOSTILE)

    assert has_no_element_of_theirs(page)


@DESKTOP_FIRST
def test_in_the_chart_its_tooltip_and_its_table(open_page, mallory):
    page = open_page(mallory, f"/devices/{mallory.device.id}?range=live")
    expect(page.locator("#chart-text")).to_contain_text("1 point =")

    page.locator("#chart").focus()
    page.keyboard.press("End")

    expect(page.locator("#chart .u-legend")).to_contain_text(f"{HOSTILE} label")
    expect(page.locator("#chart .u-legend")).to_contain_text(UNIT)
    page.get_by_text("Values as a table").click()
    expect(page.locator("#table-head")).to_contain_text(f"{HOSTILE} label ({UNIT})")
    assert has_no_element_of_theirs(page)


def test_in_a_csv_file(open_page, mallory):
    page = open_page(mallory, "/devices")

    page.locator("summary", has_text="More").click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Export list as CSV").click()
    assert f"\n{HOSTILE}," in saved.value.path().read_text()

    page = open_page(mallory, f"/devices/{mallory.device.id}")
    expect(page.locator("#chart-text")).to_contain_text("1 point =")
    page.get_by_role("button", name="Export CSV").click()
    with page.expect_download() as saved:
        page.get_by_role("link", name="download the CSV").click()
    assert f",{KEY},21.5\n" in saved.value.path().read_text()


def test_in_a_toast(appliance, open_page, admin):
    name = f"{HOSTILE} {secrets.token_hex(4)}"
    gateway = admin.new_device(gateway=True)
    with MqttDevice(appliance, gateway.token) as client:
        client.publish({name: [{"a": 1}]}, "v1/gateway/telemetry")
    eventually(
        lambda: name in {one["name"] for one in admin.api.document("/api/unregistered")},
        30,
        "the admin sees it",
    )
    page = open_page(admin, "/unregistered")

    page.get_by_role("button", name=f"Register {name}").click()
    page.get_by_role("button", name="Register", exact=True).click()

    expect(page.locator(".qlines-toast")).to_have_text(f"{name} was registered.")
    assert has_no_element_of_theirs(page)
