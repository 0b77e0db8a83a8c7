"""The story of an owner who says when it is too hot, sees what that would have found, and gets it.

The pump gets hot. The alarm is on the phone, where the thumb acknowledges it; it ends when the pump
has cooled down. Another rule is true already: its owner is asked what that shall mean.
"""

import re
import secrets

import pytest
from playwright.sync_api import expect

from tests.harness.axe import violations
from tests.harness.browser import visit
from tests.harness.deadline import eventually
from tests.harness.mqtt_device import MqttDevice
from tests.harness.pages import EACH_LOOK, PHONE, is_wider_than_the_screen

HOSTILE = "Pump <script>alert(1)</script>"
THUMB_REACHES = 0.6  # of the height of a phone, from its top: what is below it


@pytest.fixture
def pump(appliance, bob):
    device = bob.new_device(f"{HOSTILE} {secrets.token_hex(4)}")
    with MqttDevice(appliance, device.token) as client:
        yield device, client


@pytest.fixture
def new_rule(bob, pump):
    """Return a function that opens the form from a value of the pump; its rules are removed."""
    device, _client = pump

    def open_form(page):
        visit(page, f"/devices/{device.id}")
        row = page.locator("#latest tr", has_text="temperature")
        row.get_by_role("link", name="Alarm when").click()
        page.wait_for_url("**/alarm-rules/new?**")
        expect(page.get_by_label("Limit", exact=True)).to_be_visible()

    yield open_form
    for rule in bob.api.document("/api/alarm-rules"):
        if rule["scope"] == {"type": "device", "value": device.id}:
            bob.api.delete(f"/api/alarm-rules/{rule['id']}")


def save(page, name):
    page.fill("#name", name)
    page.get_by_role("button", name="Save rule").click()


def test_the_form_finds_the_alarm_and_the_phone_acknowledges_it(open_page, bob, pump, new_rule):
    device, client = pump
    client.publish({"temperature": 60})
    page = open_page(bob, "/devices")
    new_rule(page)
    expect(page.get_by_label("Limit", exact=True)).to_have_value("60")
    page.get_by_label("Limit", exact=True).fill("80")
    page.get_by_label("It ends at or below", exact=True).fill("75")
    expect(page.locator("#preview-sentence")).to_contain_text("temperature above 80")
    expect(page.locator("#preview-found")).to_contain_text("It would have raised no alarm")
    save(page, f"Too hot {device.id}")
    page.wait_for_url("**/alarm-rules")
    rule = page.locator("#rules tr", has_text=device.id)
    expect(rule).to_contain_text(re.compile("now|ago"))

    client.publish({"temperature": 90})
    phone = open_page(bob, f"/alarms?device={device.id}", width=PHONE.width, touch=True)
    card = phone.locator("#alarms tr", has_text=device.id)
    expect(card).to_contain_text("Major")
    expect(card).to_contain_text(HOSTILE)
    assert not is_wider_than_the_screen(phone)
    card.get_by_role("link", name=device.id).tap()
    acknowledge = phone.locator("#acknowledge")
    expect(acknowledge).to_be_visible()
    box = acknowledge.bounding_box()
    assert box["y"] > THUMB_REACHES * phone.viewport_size["height"]
    acknowledge.tap()

    expect(phone.locator("#alarm-status")).to_have_text("Active, acknowledged")
    visit(page, f"/devices/{device.id}")
    expect(page.locator("#device-alarms")).to_contain_text("1 active alarm")
    client.publish({"temperature": 78})
    client.publish({"temperature": 70})
    expect(phone.locator("#alarm-status")).to_have_text("Cleared")
    expect(phone.locator("#history li")).to_have_count(3)
    expect(page.locator("#device-alarms")).to_be_hidden()
    visit(page, "/alarm-rules")
    page.locator("#rules tr").get_by_role("link", name=device.id).click()
    expect(page.locator("#preview-found")).to_contain_text("It would have raised 1 alarm")
    expect(page.locator("#preview-strip rect")).to_have_count(2)


def test_alarms_are_selected_and_acknowledged_by_keyboard(open_page, bob, pump):
    device, client = pump
    level = {"severity": "minor", "conditions": [{"kind": "above", "key": "flow", "limit": 3}]}
    scope = {"type": "device", "value": device.id}
    rules = [
        bob.api.post("/api/alarm-rules", json={"name": name, "scope": scope, "levels": [level]})
        for name in (f"Flow {device.id}", f"Flood {device.id}")
    ]
    paths = [f"/api/alarm-rules/{rule.json()['id']}" for rule in rules]
    eventually(
        lambda: all(bob.api.document(path)["evaluated_at"] for path in paths), 60, "they are known"
    )
    client.publish({"flow": 1})
    client.publish({"flow": 4})
    page = open_page(bob, f"/alarms?device={device.id}")
    expect(page.locator("#alarms input")).to_have_count(2)
    page.get_by_label("Select all on this page").press("Space")
    expect(page.locator("#bulk-text")).to_have_text("2 selected")
    page.locator("#bulk-acknowledge").press("Enter")

    expect(page.locator(".qlines-toast")).to_have_text("Acknowledged 2 alarms.")
    expect(page.get_by_role("heading", name="Alarms")).to_be_focused()
    expect(page.locator("#alarms").get_by_text("Active, acknowledged")).to_have_count(2)
    for path in paths:
        bob.api.delete(path)


@EACH_LOOK
def test_a_rule_that_is_true_already_asks_first(open_page, bob, pump, new_rule):
    device, client = pump
    client.publish({"temperature": 90})
    page = open_page(bob, "/devices", tolerated=("409", "422"))
    new_rule(page)
    page.get_by_label("Limit", exact=True).fill("80")
    save(page, "")
    expect(page.locator("#name")).to_be_focused()
    expect(page.locator(".qlines-field-error")).to_be_visible()
    assert violations(page) == []
    save(page, f"Hot {device.id}")
    expect(page.locator("#true-now-error")).to_be_visible()
    expect(page.locator("#true-now-text")).to_contain_text(f"1 device: {HOSTILE}")
    assert violations(page) == []
    assert not is_wider_than_the_screen(page)
    page.get_by_label("Alarm at once").check()
    page.get_by_role("button", name="Save rule").click()
    page.wait_for_url("**/alarm-rules")
    client.publish({"temperature": 91})

    visit(page, f"/alarms?device={device.id}")
    page.locator("#alarms").get_by_role("link", name=device.id).click()
    page.locator("#clear").click()
    expect(page.locator("#mute-text")).to_contain_text("still true")
    page.select_option("#mute-seconds", label="1 hour")
    page.locator("#mute-submit").click()

    expect(page.locator("#alarm-status")).to_have_text("Cleared Muted")
    expect(page.locator("#unmute")).to_be_visible()


def test_what_is_typed_is_there_again_after_a_reload(open_page, bob):
    page = open_page(bob, "/alarm-rules/new")
    page.get_by_label("What is watched").select_option("other")
    page.get_by_label("Key", exact=True).fill("pressure")
    page.get_by_label("What must be true").select_option("outside")
    page.get_by_label("Lowest", exact=True).fill("1")
    page.get_by_label("Highest", exact=True).fill("9")
    page.get_by_role("button", name="Add a severity").click()
    page.fill("#name", "Pressure")

    page.reload()

    expect(page.locator("#draft")).to_be_visible()
    expect(page.locator("#name")).to_have_value("Pressure")
    expect(page.locator("[data-level]")).to_have_count(2)
    expect(page.get_by_label("Highest", exact=True).first).to_have_value("9")
    page.get_by_role("button", name="Start again").click()
    expect(page.locator("#name")).to_have_value("")
    expect(page.locator("[data-level]")).to_have_count(1)


def test_who_saves_over_another_window_is_asked_and_loses_nothing(open_page, bob, pump):
    device, _ = pump
    scope = {"type": "device", "value": device.id}
    level = {"severity": "minor", "conditions": [{"kind": "above", "key": "flow", "limit": 3}]}
    rule = {"name": f"Flow {device.id}", "scope": scope, "levels": [level]}
    path = f"/api/alarm-rules/{bob.api.post('/api/alarm-rules', json=rule).json()['id']}"
    page = open_page(bob, path.removeprefix("/api"), tolerated=("412",))
    expect(page.locator("#rule-form")).not_to_have_attribute("inert", "")
    page.locator("#name").fill(f"Mine {device.id}")
    bob.api.patch(path, json={"message": "the other window's"})

    page.get_by_role("button", name="Save rule").click()
    expect(page.locator("#rule-error")).to_contain_text("This rule was changed in another tab")
    expect(page.locator("#name")).to_have_value(f"Mine {device.id}")
    assert bob.api.document(path)["name"] == rule["name"]
    page.get_by_role("button", name="Save mine instead").click()

    page.wait_for_url("**/alarm-rules")
    saved = bob.api.document(path)
    assert (saved["name"], saved["message"]) == (f"Mine {device.id}", "")
