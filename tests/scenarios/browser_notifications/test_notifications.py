"""The story of somebody who wants to be notified: by mail, and on the phone in their hand.

A channel is added in words that need no engineer; a test goes the way of every message and says
what became of it. A browser shows what is pushed to it from a press on, and until its person signs
out. No vendor is reached from here: what it would push is given to the service worker.
"""

import json

from playwright.sync_api import expect

from tests.harness.deadline import eventually
from tests.harness.pages import DESKTOP_FIRST, sign_in_by_form
from tests.harness.people import new_person

PAGE = "/account/notifications"
ALARM = "0123456789abcdef01234567"
RAISED = {
    "id": "1", "type": "alarm.raised", "title": "Pump too hot", "body": "temperature is 93",
    "path": f"/alarms/{ALARM}", "tag": ALARM, "severity": "critical",
}  # fmt: skip
# As a browser does that has a vendor.
VENDOR = """
const keys = {p256dh: "BA" + "A".repeat(85), auth: "A".repeat(22)};
const made = {
  toJSON: () => ({endpoint: "https://push.example.com/1", keys}),
  unsubscribe: async () => { localStorage.removeItem("subscribed"); return true; },
};
PushManager.prototype.subscribe = async () => {
  localStorage.setItem("subscribed", "1");
  return made;
};
PushManager.prototype.getSubscription = async () => localStorage.getItem("subscribed") && made;
"""
SHOWN = """async () => {
  const registration = await navigator.serviceWorker.ready;
  const shown = await registration.getNotifications();
  return shown.map(({title, body}) => `${title}: ${body}`);
}"""
PRESS = """async ([action, tag]) => {
  const [notification] = await self.registration.getNotifications({tag});
  self.dispatchEvent(new NotificationEvent("notificationclick", {notification, action}));
}"""


def push(page, message):
    """Give the service worker a message, as the vendor of the browser would."""
    client = page.context.new_cdp_session(page)
    found = []
    client.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.extend(event["registrations"]),
    )
    client.send("ServiceWorker.enable")
    eventually(lambda: page.evaluate("0") == 0 and found, 10, "the worker is registered")
    origin = found[0]["scopeURL"].rstrip("/")
    data = {"origin": origin, "registrationId": found[0]["registrationId"], "data": message}
    client.send("ServiceWorker.deliverPushMessage", data)


def shows(page, text):
    eventually(
        lambda: any(text in one for one in page.evaluate(SHOWN)), 10, f"the browser shows {text!r}"
    )


@DESKTOP_FIRST
def test_a_channel_is_added_and_a_test_says_what_became_of_it(appliance, open_page):
    person = new_person(appliance, "watchman")
    page = open_page(person, PAGE)
    page.get_by_role("link", name="E-mail").click()
    expect(page.locator(".alert-warning")).to_contain_text("it has no mail server")
    expect(page.locator("#setting-address")).to_have_value(person.email)

    page.fill("#name", "Night shift")
    page.get_by_role("button", name="Add").click()
    expect(page.locator("h1")).to_have_text("Night shift")
    test = page.get_by_role("button", name="Send a test")
    expect(page.get_by_text("Loading…")).to_have_count(0)  # before it no button acts
    test.press("Enter")

    expect(page.locator("#test-outcome")).to_contain_text("No mail server is set")
    expect(page.locator("#deliveries")).to_contain_text("Test message failed")
    expect(test).to_be_focused()
    page.get_by_role("button", name="Switch off").press("Enter")
    expect(page.get_by_role("button", name="Switch on again")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="Switch off")).to_be_focused()
    page.get_by_role("link", name="‹ Notifications").click()
    page.wait_for_load_state()  # before it no button acts
    expect(page.locator("main")).to_contain_text("failed. No mail server is set")
    page.get_by_role("button", name="For an hour").press("Enter")
    expect(page.get_by_role("button", name="Send again")).to_be_focused()


def test_what_is_wrong_in_a_channel_is_said_by_the_label_of_its_field(appliance, open_page):
    page = open_page(new_person(appliance, "watchman"), f"{PAGE}/new/webhook", tolerated="422")

    page.fill("#setting-url", "http://example.com")
    page.get_by_role("button", name="Add").click()

    expect(page.locator("#channel-error")).to_contain_text("Address must begin with https")
    expect(page.locator("#setting-url")).to_be_focused()


def test_a_browser_shows_what_is_pushed_from_a_press_until_its_person_signs_out(
    appliance, open_page
):
    person = new_person(appliance, "walker")
    page = open_page(
        person, PAGE, script=VENDOR, permissions=["notifications"], tolerated=("404", "401")
    )

    page.get_by_role("button", name="Notify me on this device").click()
    expect(page.get_by_role("button", name="No longer on this device")).to_be_visible()
    expect(page.get_by_text("this browser", exact=True)).to_be_visible()

    push(page, json.dumps(RAISED))
    shows(page, "Pump too hot: temperature is 93")
    push(page, "not JSON")
    shows(page, "QLines: Something has changed")

    # The alarm is not there, but the request passes: with the session and its token.
    page.context.service_workers[0].evaluate(PRESS, ["acknowledge", ALARM])
    shows(page, "Not acknowledged: ")

    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/login*")
    assert person.api.document("/api/channels") == []
    sign_in_by_form(page, person)
    page.goto(PAGE)
    expect(page.get_by_role("button", name="Notify me on this device")).to_be_visible()
