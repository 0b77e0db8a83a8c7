"""The story of a QR code: its maker prints it on a device, and the buyer claims that by it.

All of it is done on the pages, on a desktop and on a phone.
"""

import pytest
import requests
from playwright.sync_api import expect

from tests.harness.browser import visit
from tests.harness.deadline import eventually
from tests.harness.pages import EACH_LOOK, is_wider_than_the_screen


@pytest.fixture
def device(alice):
    """Return a device that offers itself with the secret "s & t"."""
    made = alice.new_device()
    url = alice.appliance.url(f"/api/v1/{made.token}/claim")
    assert requests.post(url, json={"secretKey": "s & t"}, timeout=30).status_code == 200
    path = f"/api/devices/{made.id}/claim"
    eventually(lambda: alice.api.document(path)["offer"], 20, "the device offers itself")
    return made


@EACH_LOOK
def test_the_code_fills_the_form_which_asks_before_it_claims(open_page, alice, bob, device):
    # The page stays open, and requests the device once more when it is somebody else's.
    page = open_page(alice, f"/devices/{device.id}", tolerated="404")
    code = page.get_by_role("img", name="QR code of the address by which the device is claimed")
    expect(code.locator("svg")).to_be_visible()
    assert not is_wider_than_the_screen(page)
    address = page.locator("a[href*='/claim?']").get_attribute("href")
    path = address[address.index("/claim?") :]

    page = open_page(bob, path)
    expect(page.get_by_label("Name of the device")).to_have_value(device.name)
    expect(page.get_by_label("Secret")).to_have_value("s & t")
    expect(page.locator("#question")).to_contain_text(f"Claim the device {device.name}")
    assert not is_wider_than_the_screen(page)
    assert alice.row(device), "nothing was claimed by opening the address"
    page.get_by_role("button", name="Claim device").click()

    page.wait_for_url(f"**/devices/{device.id}")
    expect(page.get_by_role("status").get_by_text("is yours now.")).to_be_visible()
    assert alice.row(device) is None
    page.get_by_role("button", name="Give back").click()
    expect(page.locator("#confirm-text")).to_contain_text("yours too")
    page.locator("#confirm-yes").click()
    page.wait_for_url("**/devices")
    eventually(lambda: alice.row(device), 5, "the maker has it again")


def test_a_wrong_secret_is_explained_and_ends_the_offer(open_page, alice, bob, device):
    page = open_page(bob, "/claim", tolerated="404")
    page.get_by_label("Name of the device").fill(device.name)
    page.get_by_label("Secret").fill("guess")
    page.get_by_role("button", name="Claim device").click()

    expect(page.get_by_role("alert")).to_contain_text("waits to be claimed with this secret")
    expect(page.get_by_label("Name of the device")).to_have_value(device.name)
    visit(page, "/claim")
    assert alice.api.document(f"/api/devices/{device.id}/claim")["offer"] is None
