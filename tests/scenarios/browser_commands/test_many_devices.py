"""The story of one command to many pumps: the owner sees which have done it, and which sleep."""

import pytest
from playwright.sync_api import expect

from tests.harness.commanded_device import answer, await_command, listen
from tests.harness.deadline import eventually
from tests.harness.mqtt_device import MqttDevice
from tests.harness.pages import EACH_LOOK, held_requests, is_wider_than_the_screen
from tests.harness.people import new_person

SPEED = {
    "label": "Speed", "method": "setSpeed", "kind": "slider", "tag": "pumps",
    "parameters": [{"name": "", "type": "number", "min": 0, "max": 100}],
}  # fmt: skip


@pytest.fixture
def owner_of_two(appliance):
    """Return a person with two pumps, and a control for both."""
    person = new_person(appliance, "pumps")
    person.devices = [person.new_device(f"pump {number}", tags=["pumps"]) for number in (1, 2)]
    assert person.api.post("/api/controls", json=SPEED).status_code == 201
    return person


def select_all(page, count=2):
    expect(page.locator("#page-text")).to_contain_text(f"of {count}")
    page.get_by_label("Select all on this page").check()
    page.get_by_role("button", name="Send command…").click()


@EACH_LOOK
def test_a_control_of_a_common_tag_is_sent_to_all_and_each_has_its_result(
    appliance, open_page, owner_of_two
):
    awake, asleep = owner_of_two.devices
    page = open_page(owner_of_two, "/devices")

    with MqttDevice(appliance, awake.token) as device:
        listen(device)
        select_all(page)
        page.get_by_label("What to send").select_option("Speed (tag pumps)")
        page.locator("#send-fields input").fill("40")
        page.get_by_role("button", name="Send to 2 devices").click()
        command = await_command(device, "setSpeed")
        assert command.params == 40
        answer(device, command, "running at 40")

        lines = page.locator("#send-results li")
        expect(lines.filter(has_text=awake.name)).to_contain_text("running at 40")
        expect(lines.filter(has_text=asleep.name)).to_contain_text("Waiting for the device")
        expect(page.locator("#send-text")).to_have_text("2 devices: 1 done, 1 waiting.")
    assert not is_wider_than_the_screen(page)
    newest = owner_of_two.api.document(f"/api/devices/{asleep.id}/commands")["items"][0]
    assert (newest["method"], newest["params"]) == ("setSpeed", 40)


def test_a_free_command_is_checked_before_it_is_sent(open_page, owner_of_two):
    page = open_page(owner_of_two, "/devices")
    select_all(page)
    page.get_by_label("What to send").select_option("Any method")
    page.locator("#send-method").fill("restart")
    page.locator("#send-params").fill("now")

    page.get_by_role("button", name="Send to 2 devices").click()
    expect(page.locator("#send-error")).to_contain_text("The parameters must be JSON")
    page.locator("#send-params").fill('"now"')
    page.get_by_role("button", name="Send to 2 devices").click()

    expect(page.locator("#send-text")).to_have_text("2 devices: 2 waiting.")
    for device in owner_of_two.devices:
        items = owner_of_two.api.document(f"/api/devices/{device.id}/commands")["items"]
        assert [(one["method"], one["params"]) for one in items] == [("restart", "now")]


def test_a_request_that_got_no_answer_is_repeated_and_no_device_gets_it_twice(
    open_page, owner_of_two
):
    page = open_page(owner_of_two, "/devices", tolerated="ERR_FAILED")
    select_all(page)
    page.get_by_label("What to send").select_option("Any method")
    page.locator("#send-method").fill("restart")

    def lose_the_answer(route):
        route.fetch()
        route.abort()

    page.route("**/api/commands", lose_the_answer)
    page.get_by_role("button", name="Send to 2 devices").click()
    expect(page.locator("#send-problem")).to_contain_text("cannot be reached")
    page.unroute_all(behavior="wait")
    page.get_by_role("button", name="Try again").click()

    expect(page.locator("#send-text")).to_have_text("2 devices: 2 waiting.")
    for device in owner_of_two.devices:
        assert owner_of_two.api.document(f"/api/devices/{device.id}/commands")["total"] == 1


def test_what_is_still_being_sent_goes_to_those_that_it_was_meant_for(appliance, open_page):
    person = new_person(appliance, "many")
    chosen = [person.new_device(f"chosen {number}", tags=["chosen"]) for number in range(51)]
    other = person.new_device("other")
    page = open_page(person, "/devices?tag=chosen&per_page=100", tolerated="ERR_FAILED")
    held = held_requests(page, "**/api/commands")

    select_all(page, len(chosen))
    page.locator("#send-method").fill("restart")
    with page.expect_request("**/api/commands"):
        page.get_by_role("button", name=f"Send to {len(chosen)} devices").click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Clear all").click()
    page.locator("#bulk-clear").click()
    page.get_by_label(f"Select {other.name}", exact=True).check()
    page.get_by_role("button", name="Send command…").click()
    expect(page.get_by_role("button", name="Send to 1 device")).to_be_visible()
    held[0].continue_()

    def sent_to(device):
        page.evaluate("0")  # only a call lets Playwright send what it has held
        return person.api.document(f"/api/devices/{device.id}/commands")["total"]

    eventually(lambda: sent_to(chosen[-1]) + sent_to(other), 30, "the last part is sent")
    assert (sent_to(chosen[-1]), sent_to(other)) == (1, 0)
