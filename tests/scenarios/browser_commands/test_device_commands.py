"""The story of a pump's owner with a phone: a button is pressed, the pump has it and answers.

The page says in words what became of the press: the pump sleeps, has it, answered, or nobody wants
it any more.
"""

import re
import secrets

import pytest
from playwright.sync_api import expect

from tests.harness.browser import visit
from tests.harness.commanded_device import answer, await_command, commands_of, listen
from tests.harness.mqtt_device import MqttDevice
from tests.harness.pages import DESKTOP_FIRST, EACH_LOOK, is_wider_than_the_screen, tab_to

OPEN = {
    "label": "Open valve", "method": "openValve", "kind": "button", "params": {"angle": 90},
    "ask_first": True,
}  # fmt: skip


@pytest.fixture
def connected(appliance, pump):
    with MqttDevice(appliance, pump.token) as device:
        listen(device)
        yield device


def add_control(person, device, **fields):
    answer = person.api.post("/api/controls", json={"device": device.id, **fields})
    assert answer.status_code == 201, answer.text


def sent(person, device):
    """Return the commands of the device, newest first."""
    return person.api.document(f"/api/devices/{device.id}/commands")["items"]


def press(page, name="Open valve"):
    page.locator("#controls").get_by_role("button", name=name, exact=True).click()


def confirm(page):
    page.locator("#confirm-yes").click()


def state_of(page):
    return page.locator("#controls .qlines-control-state").first


@EACH_LOOK
def test_a_press_is_followed_until_the_device_has_answered(open_page, alice, pump, connected):
    add_control(alice, pump, **OPEN)
    page = open_page(alice, f"/devices/{pump.id}")

    press(page)
    expect(page.locator("#confirm-text")).to_have_text(
        'The device gets the command openValve with {"angle":90}.'
    )
    confirm(page)

    command = await_command(connected, "openValve")
    assert command.params == {"angle": 90}
    expect(state_of(page)).to_contain_text("Waiting for its answer.")
    answer(connected, command, {"state": "open", "by": "<b>motor</b>"})
    expect(state_of(page)).to_contain_text("state: open, by: <b>motor</b>")
    for step in ("Queued", "Sent", "Delivered", "Answered"):
        expect(state_of(page).locator("li", has_text=step).locator("time")).to_be_visible()
    expect(page.locator("#commands tr").first).to_contain_text("openValve")
    expect(page.locator("#commands tr").first).to_contain_text("state: open")
    expect(page.locator("#commands tr").first).to_contain_text(alice.email)
    assert not is_wider_than_the_screen(page)


@DESKTOP_FIRST
def test_a_device_that_sleeps_gets_it_when_it_wakes(appliance, open_page, alice, pump):
    add_control(alice, pump, **OPEN | {"ask_first": False})
    page = open_page(alice, f"/devices/{pump.id}")

    press(page)
    expect(state_of(page)).to_contain_text("Waiting for the device to connect, until ")
    visit(page, f"/devices/{pump.id}")
    expect(state_of(page)).to_contain_text("Waiting for the device to connect, until ")

    with MqttDevice(appliance, pump.token) as device:
        listen(device)
        answer(device, await_command(device, "openValve"), "ok, awake")
        expect(state_of(page)).to_contain_text("ok, awake")


@DESKTOP_FIRST
def test_what_is_cancelled_in_time_never_reaches_the_device(appliance, open_page, alice, pump):
    add_control(alice, pump, **OPEN | {"ask_first": False})
    page = open_page(alice, f"/devices/{pump.id}")
    press(page)
    expect(state_of(page)).to_contain_text("Waiting for the device")

    page.locator("#controls").get_by_role("button", name="Cancel Open valve").click()

    expect(state_of(page)).to_contain_text(f"by {alice.email}")
    expect(page.get_by_role("button", name="Cancel Open valve")).to_be_hidden()
    alice.api.post(f"/api/devices/{pump.id}/commands", json={"method": "later"})
    with MqttDevice(appliance, pump.token) as device:
        listen(device)
        await_command(device, "later")
        assert [command.method for command in commands_of(device)] == ["later"]


@DESKTOP_FIRST
def test_bad_json_is_not_sent_and_the_form_says_why(open_page, alice, pump):
    page = open_page(alice, f"/devices/{pump.id}")
    page.locator("#free-command summary").click()
    page.get_by_label("Method").first.fill("setSpeed")
    page.locator("#free-command-params").fill("{speed: 40}")

    page.get_by_role("button", name="Send command").click()

    expect(page.locator("#free-command-error")).to_contain_text("The parameters must be JSON")
    expect(page.locator("#free-command-params")).to_be_focused()
    assert sent(alice, pump) == []
    page.locator("#free-command-params").fill('{"speed": 40}')
    expect(page.locator("#free-command-error")).to_be_hidden()
    page.get_by_role("button", name="Send command").click()
    expect(page.locator("#commands tr").first).to_contain_text('setSpeed {"speed":40}')
    assert [(one["method"], one["params"]) for one in sent(alice, pump)] == [
        ("setSpeed", {"speed": 40})
    ]


def test_in_order_a_command_waits_for_the_one_before_it(open_page, alice, pump):
    page = open_page(alice, f"/devices/{pump.id}")
    page.get_by_label("A command waits until the one before it has ended").check()
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".qlines-toast")).to_contain_text("Saved: order of commands.")
    for method in ("first", "second"):
        alice.api.post(f"/api/devices/{pump.id}/commands", json={"method": method})

    visit(page, f"/devices/{pump.id}")

    log = page.locator("#commands tr")
    expect(log.filter(has_text="second")).to_contain_text("Waiting for the command before it")
    expect(log.filter(has_text="first")).to_contain_text("Waiting for the device to connect")


def test_a_second_press_while_the_first_one_waits_is_asked_about(open_page, alice, pump):
    add_control(alice, pump, **OPEN | {"ask_first": False})
    page = open_page(alice, f"/devices/{pump.id}")
    press(page)
    expect(state_of(page)).to_contain_text("Waiting for the device")

    press(page)
    expect(page.locator("#confirm-text")).to_contain_text("is still waiting")
    page.locator("#confirm-no").click()

    expect(page.locator("#confirm")).to_be_hidden()
    assert len(sent(alice, pump)) == 1


def lose_the_answer(route):
    route.fetch()
    route.abort()


def test_a_press_that_got_no_answer_is_sent_once_when_it_is_pressed_again(open_page, alice, pump):
    add_control(alice, pump, **OPEN | {"ask_first": False})
    page = open_page(alice, f"/devices/{pump.id}", tolerated="ERR_FAILED")
    expect(page.locator("#commands")).to_contain_text("No commands yet.")
    # It asks now and then, and would learn of the command.
    page.route("**/commands?*", lambda route: route.abort())
    page.route("**/commands", lose_the_answer)
    press(page)
    expect(page.locator(".qlines-toast[role=alert]")).to_contain_text("cannot be reached")
    page.unroute("**/commands", lose_the_answer)
    expect(state_of(page)).to_have_text("")
    press(page)

    expect(state_of(page)).to_contain_text("Waiting for the device")
    assert len(sent(alice, pump)) == 1


def test_a_press_whose_answer_was_lost_is_seen_and_another_one_is_another_command(
    open_page, alice, pump
):
    add_control(alice, pump, **OPEN | {"ask_first": False})
    page = open_page(alice, f"/devices/{pump.id}", tolerated="ERR_FAILED")
    expect(page.locator("#commands")).to_contain_text("No commands yet.")
    page.route("**/commands", lose_the_answer)
    press(page)
    expect(state_of(page)).to_contain_text("Waiting for the device")
    page.unroute("**/commands", lose_the_answer)

    press(page)
    confirm(page)

    expect(page.locator("#commands tr")).to_have_count(2)
    assert len(sent(alice, pump)) == 2


@EACH_LOOK
def test_switches_sliders_and_forms_send_what_was_chosen(open_page, alice, pump):
    number = {"type": "number", "min": 0, "max": 100, "step": 5, "unit": "%"}
    add_control(
        alice, pump, label="Pump", method="setPump", kind="switch", parameters=[{"type": "bool"}]
    )
    add_control(alice, pump, label="Speed", method="setSpeed", kind="slider", parameters=[number])
    choice = {"name": "mode", "type": "choice", "choices": ["slow", 2]}
    add_control(
        alice, pump, label="Programme", method="run", kind="form",
        parameters=[{**number, "name": "level"}, choice, {"name": "dry", "type": "bool"}],
    )  # fmt: skip
    page = open_page(alice, f"/devices/{pump.id}")

    page.get_by_role("switch", name="Pump").click()
    expect(page.locator("#commands tr", has_text="setPump")).to_contain_text("true")
    page.get_by_role("slider", name="Speed").fill("40")
    expect(page.locator("#controls .qlines-number")).to_have_text("40 %")
    page.get_by_role("button", name="Set", exact=True).click()
    expect(page.locator("#commands tr", has_text="setSpeed")).to_contain_text("40")
    form = page.get_by_role("form", name="Programme")
    form.get_by_label("level (%)").fill("7")
    form.get_by_role("button", name="Send").click()
    assert form.get_by_label("level (%)").evaluate("node => node.validity.stepMismatch")
    form.get_by_label("level (%)").fill("10")
    form.get_by_label("mode").select_option("2")
    form.get_by_label("dry").check()
    form.get_by_role("button", name="Send").click()
    expect(page.locator("#commands tr", has_text="run")).to_be_visible()

    assert [(one["method"], one["params"]) for one in sent(alice, pump)] == [
        ("run", {"level": 10, "mode": 2, "dry": True}),
        ("setSpeed", 40),
        ("setPump", True),
    ]
    assert not is_wider_than_the_screen(page)
    visit(page, f"/devices/{pump.id}")
    expect(page.get_by_role("switch", name="Pump")).to_be_checked()
    expect(page.locator("#controls .qlines-number")).to_have_text("40 %")


@DESKTOP_FIRST
def test_controls_are_defined_on_the_page_also_for_all_devices_with_a_tag(open_page, alice):
    tag = f"pumps {secrets.token_hex(3)}"
    one, other = (alice.new_device(tags=[tag]) for _each in range(2))
    page = open_page(alice, f"/devices/{one.id}", tolerated="422")
    expect(page.locator("#controls-empty")).to_be_visible()

    page.get_by_role("button", name="Edit controls").click()
    page.get_by_role("button", name="Add control").click()
    dialog = page.locator("#control-dialog")
    dialog.get_by_label("Label", exact=True).fill("Speed")
    dialog.get_by_label("Method").fill("setSpeed")
    dialog.get_by_label("Kind").select_option("Slider")
    dialog.get_by_label("Lowest").fill("5")
    dialog.get_by_role("button", name="Save").click()
    assert dialog.get_by_label("Highest").evaluate("node => node.validity.valueMissing")
    dialog.get_by_label("Highest").fill("4")
    dialog.get_by_role("button", name="Save").click()
    expect(page.locator("#control-error")).to_contain_text("must be above min, which is 5, got 4")
    dialog.get_by_label("Highest").fill("20")
    dialog.get_by_label("Appears on").select_option(f"every device with the tag {tag}")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("button", name="Change Speed")).to_be_focused()
    page.locator("#controls-dialog").get_by_role("button", name="Close").click()

    expect(page.get_by_role("slider", name="Speed")).to_have_attribute("max", "20")
    elsewhere = open_page(alice, f"/devices/{other.id}")
    expect(elsewhere.get_by_role("slider", name="Speed")).to_be_visible()


def test_controls_are_moved_changed_and_removed(open_page, alice, pump):
    for label in ("Open", "Close"):
        add_control(alice, pump, label=label, method="x", kind="button")
    page = open_page(alice, f"/devices/{pump.id}")
    labels = page.locator("#controls button[type=submit]")
    expect(labels).to_have_text(["Open", "Close"])

    page.get_by_role("button", name="Edit controls").click()
    page.get_by_role("button", name="Move down Open").click()
    expect(labels).to_have_text(["Close", "Open"])
    page.get_by_role("button", name="Change Open").click()
    page.locator("#control-label").fill("Open it")
    page.locator("#control-form").get_by_role("button", name="Save").click()
    expect(labels).to_have_text(["Close", "Open it"])
    page.get_by_role("button", name="Remove Close").click()
    confirm(page)

    expect(labels).to_have_text(["Open it"])
    visit(page, f"/devices/{pump.id}")
    expect(labels).to_have_text(["Open it"])


@DESKTOP_FIRST
def test_the_log_shows_older_commands_when_it_is_asked(open_page, alice, pump):
    alice.api.patch(f"/api/devices/{pump.id}", json={"commands_in_order": True})
    for number in range(1, 61):
        body = {"method": f"step{number}", "params": number}
        alice.api.post(f"/api/devices/{pump.id}/commands", json=body)
    page = open_page(alice, f"/devices/{pump.id}")
    rows = page.locator("#commands tr")
    expect(rows).to_have_count(50)
    expect(rows.first).to_contain_text("step60 60")
    expect(page.locator("#commands-text")).to_have_text("1–50 of 60, the newest first")
    expect(page.get_by_role("button", name="Newer")).to_be_disabled()
    expect(rows.last).to_contain_text("Waiting for the command before it")  # it is not on this page

    page.get_by_role("button", name="Older").click()

    expect(rows).to_have_count(10)
    expect(rows.last).to_contain_text("step1 1")
    expect(rows.last).to_contain_text("Waiting for the device to connect")
    expect(page.get_by_role("button", name="Older")).to_be_disabled()
    expect(page.get_by_role("button", name="Newer")).to_be_focused()
    page.get_by_role("button", name="Newer").click()
    expect(rows.first).to_contain_text("step60 60")


@DESKTOP_FIRST
def test_everything_is_reached_by_keyboard(open_page, alice, pump):
    add_control(alice, pump, **OPEN)
    page = open_page(alice, f"/devices/{pump.id}")

    tab_to(page, page.locator("#controls").get_by_role("button", name="Open valve"))
    page.keyboard.press("Enter")
    expect(page.locator("#confirm")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#confirm")).to_be_hidden()
    assert sent(alice, pump) == []
    page.keyboard.press("Enter")
    tab_to(page, page.locator("#confirm-yes"))
    page.keyboard.press("Enter")

    expect(page.locator("#commands tr").first).to_contain_text("openValve")
    tab_to(page, page.locator("#controls").get_by_role("button", name="Cancel Open valve"))
    page.keyboard.press("Enter")
    expect(state_of(page)).to_contain_text("Cancelled")
    expect(page.locator("#controls").get_by_role("button", name="Open valve")).to_be_focused()


def test_another_owner_sees_neither_controls_nor_commands(open_page, alice, bob, pump):
    add_control(alice, pump, **OPEN)

    page = open_page(bob, f"/devices/{pump.id}", tolerated="404")

    expect(page.locator("h1")).to_have_text("Not Found")
    assert not re.search("valve", page.content(), re.IGNORECASE)
