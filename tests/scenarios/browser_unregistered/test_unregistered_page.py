"""The story of an unknown token that becomes a device, by one click of an admin."""

import secrets

import requests
from playwright.sync_api import expect

from tests.harness.deadline import eventually


def test_an_unknown_token_is_registered_and_stays_valid(appliance, open_page, admin):
    token = f"unknown-{secrets.token_hex(4)}"
    address = appliance.url(f"/api/v1/{token}/telemetry")
    assert requests.post(address, data='{"a": 1}', timeout=10).status_code == 401
    page = open_page(admin, "/unregistered")

    page.get_by_role("button", name=f"Register {token}").click()
    page.fill("#register-name", f"Pump {token}")
    page.get_by_role("button", name="Register", exact=True).click()

    expect(page.locator(".qlines-toast")).to_have_text(f"Pump {token} was registered.")
    eventually(
        lambda: requests.post(address, data='{"a": 1}', timeout=10).status_code == 200,
        10,
        "the device is accepted",
    )
