"""The story of an owner who adds a product, lets its new devices wait, and approves two of three.

All of it is done on the pages, on a desktop and on a phone.
"""

import json
import secrets

import requests
from playwright.sync_api import expect

from tests.harness.browser import visit
from tests.harness.pages import DESKTOP_FIRST, EACH_LOOK, is_wider_than_the_screen


def ask(appliance, page, name):
    """Ask for a token as the page of the product says, with the key that it shows."""
    body = {
        "deviceName": name,
        "provisionDeviceKey": page.locator("#key").input_value(),
        "provisionDeviceSecret": page.locator("#secret").input_value(),
    }
    answer = requests.post(appliance.url("/api/v1/provision"), data=json.dumps(body), timeout=30)
    assert answer.json()["status"] == "SUCCESS", answer.text
    return answer.json()["credentialsValue"]


def said(page, text):
    """Wait for the message, and close it: it lies on the page."""
    message = page.locator(".qlines-toast", has_text=text)
    message.get_by_role("button", name="Close").click()


@EACH_LOOK
def test_new_devices_wait_and_are_approved_or_refused(appliance, open_page, bob):
    batch = secrets.token_hex(4)
    page = open_page(bob, "/products")
    page.fill("#add-name", f"Meter {batch}")
    page.get_by_role("button", name="Add product").click()
    page.wait_for_url("**/products/*")
    expect(page.locator("#key")).not_to_have_value("")
    expect(page.locator("#key")).to_have_attribute("type", "password")
    expect(page.locator("#request")).to_contain_text('"provisionDeviceKey":"KEY"')
    page.get_by_label("New devices wait for my approval").check()
    page.get_by_role("button", name="Save").click()
    said(page, "Saved: quarantine.")
    assert not is_wider_than_the_screen(page)
    tokens = [ask(appliance, page, f"{batch} {number}") for number in (1, 2, 3)]
    old_key = page.locator("#key").input_value()
    page.get_by_role("button", name="Generate new key").click()
    page.locator("#confirm-yes").click()
    expect(page.locator("#key")).not_to_have_value(old_key)

    visit(page, "/devices")
    page.get_by_role("link", name="3 new devices wait for your approval.").click()
    for number in (1, 2):
        page.get_by_label(f"Select {batch} {number}").check()
    page.locator("#bulk-approve").click()
    said(page, "Approved 2 devices.")
    page.get_by_role("button", name=f"Refuse {batch} 3").click()
    page.locator("#confirm-yes").click()
    expect(page.locator("#waiting")).to_contain_text("None.")

    statuses = [
        requests.post(appliance.url(f"/api/v1/{token}/telemetry"), data="{}", timeout=30)
        for token in tokens
    ]
    assert [answer.status_code for answer in statuses] == [200, 200, 401]


@DESKTOP_FIRST
def test_the_page_of_a_device_lets_it_ask_again(open_page, bob):
    name = f"Meter {secrets.token_hex(4)}"
    assert bob.api.post("/api/products", json={"name": name}).status_code == 201
    device = bob.new_device()
    page = open_page(bob, f"/devices/{device.id}")
    expect(page.locator("#product-text")).to_have_text("It has not asked for its token by itself.")

    page.select_option("#product-choice", label=name)
    said(page, "Saved: product.")
    page.get_by_role("button", name="May provision again").click()

    expect(page.locator("#product-text")).to_contain_text("It may ask for a token once more until")
    page.reload()
    page.get_by_role("button", name="May not provision again").click()
    expect(page.locator("#again")).to_be_visible()
    assert not is_wider_than_the_screen(page)
