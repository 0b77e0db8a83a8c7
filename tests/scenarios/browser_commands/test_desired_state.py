"""The story of what a pump's owner wants of it, beside what the pump reports that it is.

What is wanted is set on the page, reaches the pump, and the page says whether the two differ and
since when; a switch stands where the pump says. The page hears of changes and asks for nothing.
"""

import pytest
from playwright.sync_api import expect

from tests.harness.commanded_device import answer, await_command, listen
from tests.harness.deadline import eventually, stays
from tests.harness.mqtt_device import ATTRIBUTES, MqttDevice
from tests.harness.pages import DESKTOP_FIRST, EACH_LOOK, is_wider_than_the_screen

# How often the page has asked for commands.
ASKED = "performance.getEntriesByType('resource').filter(r => r.name.includes('/commands?')).length"
CUT = "import('/static/js/page_socket.js').then(({ socket }) => socket.io.engine.close())"
SWITCH = {
    "label": "Valve", "method": "setValve", "kind": "switch", "reported_key": "open",
    "parameters": [{"name": "", "type": "bool"}],
}  # fmt: skip


@pytest.fixture
def connected(appliance, pump):
    with MqttDevice(appliance, pump.token) as device:
        listen(device)
        device.subscribe(ATTRIBUTES)
        yield device


def row(page, key):
    return page.locator(f'#attributes tr[data-key="{key}"]')


def shared_of(person, device):
    found = person.api.document(f"/api/devices/{device.id}/attributes")["shared"]
    return {key: one["value"] for key, one in found.items()}


def fill(page, kind, value, key=None):
    """Fill in the dialog and press Set."""
    dialog = page.locator("#attribute-dialog")
    if key is not None:
        dialog.get_by_label("Key").fill(key)
    dialog.get_by_label("Type").select_option(kind)
    field = dialog.get_by_label("Value", exact=True).filter(visible=True)
    field.select_option(value) if kind == "True or false" else field.fill(value)
    dialog.get_by_role("button", name="Set", exact=True).click()


@EACH_LOOK
def test_what_is_wanted_reaches_the_device_and_differs_until_it_reports_it(
    open_page, alice, pump, connected
):
    page = open_page(alice, f"/devices/{pump.id}")
    expect(page.locator("#attributes")).to_contain_text("No attributes yet.")

    page.get_by_role("button", name="Set a desired value").click()
    fill(page, "Number", "60", key="interval")

    expect(row(page, "interval")).to_contain_text("Not reported")
    expect(row(page, "interval")).to_contain_text(alice.email)
    sent = (ATTRIBUTES, b'{"interval":60}')
    eventually(lambda: sent in [(t, bytes(p)) for t, p in connected.received], 15, "it is sent")
    connected.publish({"interval": 30, "firmware": "1.4"}, topic=ATTRIBUTES)
    expect(row(page, "interval")).to_contain_text("Differs")
    expect(row(page, "interval").locator("time")).to_have_count(3)
    expect(row(page, "firmware")).to_contain_text("1.4")
    connected.publish({"interval": 60}, topic=ATTRIBUTES)
    expect(row(page, "interval")).to_contain_text("As desired")
    assert not is_wider_than_the_screen(page)


@DESKTOP_FIRST
def test_values_of_each_type_are_added_changed_and_deleted(open_page, alice, pump):
    page = open_page(alice, f"/devices/{pump.id}", tolerated="422")
    for key, kind, value in [
        ("text", "Text", "007"), ("on", "True or false", "false"), ("limits", "JSON", '{"a": [1]}'),
    ]:  # fmt: skip
        page.get_by_role("button", name="Set a desired value").click()
        fill(page, kind, value, key=key)
        expect(row(page, key)).to_be_visible()
    assert shared_of(alice, pump) == {"text": "007", "on": False, "limits": {"a": [1]}}

    page.get_by_role("button", name="Change the desired value of text").click()
    fill(page, "Number", "2,5")
    expect(page.locator("#attribute-error")).to_contain_text("must be a number such as 21.5, got")
    expect(page.locator("#attribute-number")).to_be_focused()
    fill(page, "JSON", "{1}")
    expect(page.locator("#attribute-error")).to_contain_text("The value must be JSON")
    fill(page, "Text", "x" * 262_145)
    expect(page.locator("#attribute-error")).to_contain_text("at most 262,144 bytes as JSON")
    fill(page, "Number", "2.5")
    expect(row(page, "text")).to_contain_text("2.5")
    page.get_by_role("button", name="Delete the desired value of on").click()
    expect(row(page, "on")).to_have_count(0)

    assert shared_of(alice, pump) == {"text": 2.5, "limits": {"a": [1]}}
    page.locator(".qlines-toast", has_text="value of on was deleted").get_by_role(
        "button", name="Undo"
    ).click()
    expect(row(page, "on")).to_contain_text("false")
    assert shared_of(alice, pump)["on"] is False


@DESKTOP_FIRST
def test_a_switch_stands_where_the_device_says(open_page, alice, pump, connected):
    made = alice.api.post("/api/controls", json={"device": pump.id, **SWITCH})
    assert made.status_code == 201, made.text
    page = open_page(alice, f"/devices/{pump.id}")
    where = page.locator(".qlines-control-position")
    switch = page.get_by_role("switch", name="Valve")
    expect(where).to_have_text("The device has not reported open yet.")

    connected.publish({"open": True}, topic=ATTRIBUTES)
    expect(where).to_contain_text("Reported: on, since ")
    expect(switch).to_be_checked()
    switch.click()
    answer(connected, await_command(connected, "setValve"), "it is stuck")

    expect(page.locator("#controls .qlines-control-state")).to_contain_text("it is stuck")
    expect(switch).to_be_checked()
    expect(where).to_contain_text("Reported: on, since ")


def test_a_page_hears_of_changes_and_asks_for_them_itself_without_a_socket(open_page, alice, pump):
    page = open_page(alice, f"/devices/{pump.id}", tolerated="ERR_FAILED")
    expect(page.locator("#live-state")).to_have_text("Live")
    alice.api.post(f"/api/devices/{pump.id}/commands", json={"method": "first"})
    expect(page.locator("#commands")).to_contain_text("first")
    heard = page.evaluate(ASKED)
    stays(lambda: page.evaluate(ASKED) <= heard + 1, 4, "an open command is not polled")

    page.route("**/socket.io/**", lambda route: route.abort())
    page.evaluate(CUT)
    alice.api.post(f"/api/devices/{pump.id}/commands", json={"method": "second"})

    expect(page.locator("#commands")).to_contain_text("second")
