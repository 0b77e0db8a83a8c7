"""The story of a session that ends elsewhere: its pages are no longer live, and say so.

Point 10 of what a browser must do.
"""

from playwright.sync_api import expect

from tests.harness.browser import visit
from tests.harness.live_page import LivePage
from tests.harness.mqtt_device import MqttDevice
from tests.harness.pages import EACH_LOOK, sign_in_by_form
from tests.harness.people import new_person

SIGNED_OUT = "Signed out. Reload the page."


@EACH_LOOK
def test_a_session_that_is_ended_in_another_browser_is_no_longer_live(appliance, open_page):
    person = new_person(appliance, "traveller")
    device = person.new_device()
    page = open_page(person, "/devices", tolerated="401")
    expect(page.locator("#live-state")).to_have_text("Live")
    other = open_page(person, "/login", sign_in=False)
    sign_in_by_form(other, person)
    visit(other, "/account")

    sessions = other.locator("[aria-labelledby=sessions-title] .list-group-item")
    there = sessions.filter(has_not_text="this session")
    expect(there).to_have_count(1)
    there.get_by_role("button", name="Sign out").click()
    other.locator("#confirm-yes").click()

    expect(page.locator("#live-state")).to_have_text(SIGNED_OUT)
    with MqttDevice(appliance, device.token) as client:
        client.publish({"temperature": 17.25})
    visit(other, "/devices")
    expect(other.locator(".tabulator-row")).to_contain_text("17.25")
    expect(page.locator(".tabulator-row")).not_to_contain_text("17.25")


def test_a_session_that_the_command_ended_is_no_longer_live(appliance, open_page):
    person = new_person(appliance, "leaver")
    page = open_page(person, "/devices", tolerated="401")
    expect(page.locator("#live-state")).to_have_text("Live")

    appliance.cli("user", "reset-password", person.email)

    expect(page.locator("#live-state")).to_have_text(SIGNED_OUT)


def test_the_device_of_another_owner_cannot_be_watched(appliance, alice, bob):
    device = alice.new_device()

    with LivePage(bob.browser(), appliance.url("")) as live:
        assert live.watch(device) == {"ok": False, "error": "there is no such device"}
