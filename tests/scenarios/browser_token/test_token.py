"""The story of a token: hidden until it is asked for, copied anywhere, replaced without a gap.

Point 20 of what a browser must do.
"""

import pytest
import requests
from playwright.sync_api import expect

from tests.harness.pages import DESKTOP_FIRST, EACH_LOOK

# As in a browser that shows http://192.168.1.5: it has no navigator.clipboard.
NO_CLIPBOARD = "delete Navigator.prototype.clipboard;"
NO_COPY = f"{NO_CLIPBOARD} document.execCommand = () => false;"


@pytest.fixture
def device(alice):
    return alice.new_device()


def status_of_sending(person, token):
    url = person.appliance.url(f"/api/v1/{token}/telemetry")
    return requests.post(url, json={"temperature": 3}, timeout=10).status_code


@EACH_LOOK
def test_the_token_is_hidden_at_first_and_can_be_replaced(open_page, alice, device):
    page = open_page(alice, f"/devices/{device.id}")
    expect(page.locator("#token")).to_have_value(device.token)
    expect(page.locator("#token")).to_have_attribute("type", "password")
    expect(page.locator("#snippets pre")).to_contain_text("HIDDEN")
    assert device.token not in page.locator("body").inner_text()

    page.locator("#token-show").click()
    expect(page.locator("#token")).to_have_attribute("type", "text")
    expect(page.locator("#snippets pre")).to_contain_text(device.token)
    page.locator("#token-form button").click()
    expect(page.locator("#confirm-text")).to_have_text(
        "The device must use the new token from now on. The old token is no longer valid."
    )
    page.locator("#confirm-yes").click()

    expect(page.locator("#token")).not_to_have_value(device.token)
    expect(page.locator("#snippets")).not_to_contain_text(device.token)


@DESKTOP_FIRST
def test_the_old_token_can_stay_valid_for_a_while(open_page, alice, device):
    page = open_page(alice, f"/devices/{device.id}")
    expect(page.locator("#token")).to_have_value(device.token)

    page.get_by_label("Keep the old token valid").select_option("for 1 hour")
    page.locator("#token-form button").click()
    expect(page.locator("#confirm-text")).to_contain_text("The old token stays valid for 1 hour.")
    page.locator("#confirm-yes").click()
    expect(page.locator("#token-text")).to_contain_text("This is the new token.")

    new = page.locator("#token").input_value()
    assert [status_of_sending(alice, token) for token in (device.token, new)] == [200, 200]


@DESKTOP_FIRST
def test_it_is_copied_where_the_browser_has_no_clipboard(open_page, alice, device):
    page = open_page(alice, f"/devices/{device.id}", script=NO_CLIPBOARD)
    expect(page.locator("#token")).to_have_value(device.token)

    page.locator("#token-copy").click()
    expect(page.locator("#token-copy")).to_have_text("Copied")

    page.locator("#name").fill("")
    page.locator("#name").press("Control+V")
    expect(page.locator("#name")).to_have_value(device.token)


def test_a_snippet_is_copied_with_the_token_that_it_hides(open_page, alice, device):
    allowed = ["clipboard-read", "clipboard-write"]
    page = open_page(alice, f"/devices/{device.id}", permissions=allowed)
    expect(page.locator("#snippets pre")).to_contain_text("HIDDEN")

    page.locator("#snippets").get_by_role("button", name="Copy the snippet").click()

    expect(page.locator("#snippets").get_by_text("Copied")).to_be_visible()
    assert device.token in page.evaluate("navigator.clipboard.readText()")


def test_a_copy_that_failed_is_not_called_copied(open_page, alice, device):
    page = open_page(alice, f"/devices/{device.id}", script=NO_COPY)
    expect(page.locator("#token")).to_have_value(device.token)

    page.locator("#token-copy").click()

    expect(page.locator("#token-copy")).to_have_text("Copy failed")
