"""The story of the bell and the badge in the menu: which devices wait to be registered."""

import re
import secrets

import pytest
from playwright.sync_api import expect

from tests.harness.browser import visit
from tests.harness.deadline import eventually
from tests.harness.mqtt_device import MqttDevice
from tests.harness.pages import EACH_LOOK, held_requests

NEW = re.compile(r"\bnew\b")  # in the name of the bell; its number counts alarms too


@pytest.fixture
def pump(appliance, admin):
    """Return the name of a device that nobody has registered, once its gateway has named it."""
    name = f"pump {secrets.token_hex(4)}"
    gateway = admin.new_device(gateway=True)
    with MqttDevice(appliance, gateway.token) as client:
        client.publish({name: [{"a": 1}]}, "v1/gateway/telemetry")
    eventually(
        lambda: any(name in one["sentence"] for one in notifications(admin)["items"]),
        30,
        "the admin is notified",
    )
    return name


def notifications(admin):
    return admin.api.document("/api/notifications")


@EACH_LOOK
def test_a_new_device_rings_the_bell_until_somebody_looks(open_page, admin, pump):
    page = open_page(admin, "/account")
    expect(page.locator("#unregistered-badge")).to_have_text(
        str(notifications(admin)["unregistered"])
    )

    page.get_by_role("button", name="Notifications, ").click()
    expect(page.get_by_role("link", name=f"{pump} is not registered")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.locator("#bell-list")).to_be_hidden()
    for shown in (page, open_page(admin, "/account")):  # the account remembers it, not the browser
        visit(shown, shown.url)
        expect(shown.locator("#bell-items")).to_contain_text(pump)
        expect(shown.locator("#bell")).not_to_have_attribute("aria-label", NEW)


def test_the_bell_of_who_is_no_admin_has_alarms_only(open_page, alice):
    page = open_page(alice, "/account")

    page.locator("#bell").click()

    expect(page.locator("#bell-alarms")).to_contain_text("None.")
    expect(page.locator("#bell-items")).to_have_count(0)
    expect(page.get_by_role("link", name="System")).to_have_count(0)


def test_a_bell_that_is_opened_before_its_messages_are_there_shows_them(open_page, admin, pump):
    page = open_page(admin, "/account")
    held = held_requests(page, "**/api/notifications")
    visit(page, page.url)

    page.locator("#bell").click()
    expect(page.locator("#bell-list")).to_be_visible()
    eventually(
        lambda: page.evaluate("0") == 0 and held,  # only a call lets Playwright see requests
        10,
        "the page has asked for the messages",
    )
    held[0].continue_()

    expect(page.get_by_role("link", name=f"{pump} is not registered")).to_be_visible()
    expect(page.locator("#bell")).to_have_attribute("aria-label", NEW)  # until the next look


def test_notifications_that_cannot_be_loaded_are_tried_again(open_page, admin, pump):
    page = open_page(admin, "/account", tolerated="503")
    address = "**/api/notifications"
    refusal = {"detail": "MongoDB does not answer", "status": 503, "title": "Unavailable"}
    page.route(address, lambda route: route.fulfill(status=503, json=refusal))
    visit(page, page.url)

    page.locator("#bell").click()
    expect(page.locator("#bell-items")).to_contain_text("MongoDB does not answer")
    page.unroute(address)
    page.locator("#bell-items").get_by_role("button", name="Try again").click()

    expect(page.locator("#bell-items")).to_contain_text(pump)
