"""The story of an unknown token that becomes a device with a name, and is never shown."""

import secrets

import requests
from playwright.sync_api import expect

from tests.harness.deadline import eventually
from tests.harness.pages import DESKTOP_FIRST, PHONE


@DESKTOP_FIRST
def test_an_unknown_token_is_registered_and_stays_valid(appliance, open_page, admin):
    token = secrets.token_hex(10)
    shown = f"token {token[:4]}… (20 characters)"
    address = appliance.url(f"/api/v1/{token}/telemetry")
    assert requests.post(address, data='{"a": 1}', timeout=10).status_code == 401
    page = open_page(admin, "/unregistered")

    page.get_by_role("button", name=f"Register {shown}").click()
    expect(page.locator("#register-name")).to_have_value("")
    page.fill("#register-name", f"Pump {shown}")
    page.get_by_role("button", name="Register", exact=True).click()

    expect(page.locator(".qlines-toast")).to_have_text(f"Pump {shown} was registered.")
    assert token not in page.content()
    eventually(
        lambda: requests.post(address, data='{"a": 1}', timeout=10).status_code == 200,
        10,
        "the device is accepted",
    )


def test_on_a_phone_a_row_is_read_without_scrolling_sideways(appliance, open_page, admin):
    token = secrets.token_hex(20)
    address = appliance.url(f"/api/v1/{token}/telemetry")
    requests.post(address, data='{"pressure": 1.5}', timeout=10)

    page = open_page(admin, "/unregistered", width=PHONE.width)

    row = page.get_by_role("row", name=f"token {token[:4]}… (40 characters)")
    row.scroll_into_view_if_needed()
    for part in ("Source", "Count"):
        expect(row.locator(f"[data-label='{part}']")).to_be_in_viewport()
    expect(row.get_by_text("from ")).to_be_in_viewport()
    expect(row.get_by_role("button", name="Register")).to_be_in_viewport()
    table = page.get_by_role("group", name="Unregistered devices")
    assert table.evaluate("node => node.scrollWidth <= node.clientWidth")


def test_the_focus_and_a_selected_name_stay_while_a_device_goes_on_sending(
    appliance, open_page, admin
):
    token = f"unknown-{secrets.token_hex(4)}"
    address = appliance.url(f"/api/v1/{token}/telemetry")
    requests.post(address, data='{"a": 1}', timeout=10)
    page = open_page(admin, "/unregistered")
    shown = f"token {token[:4]}… ({len(token)} characters)"
    row = page.get_by_role("row", name=shown)
    name = row.locator("[data-label='Name']")
    name.evaluate("node => getSelection().selectAllChildren(node)")
    register = row.get_by_role("button", name="Register")
    register.focus()

    requests.post(address, data='{"a": 2}', timeout=10)
    expect(row.locator("[data-label='Count']")).to_have_text("2")

    expect(register).to_be_focused()
    assert page.evaluate("getSelection().toString()").strip() == shown
    admin.api.delete(f"/api/unregistered/{token}")
    expect(row).to_have_count(0)
