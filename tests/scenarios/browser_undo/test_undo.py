"""What was done is said and taken back; what failed says why, and is tried again."""

import re
import secrets

import pytest
import requests
from playwright.sync_api import expect

from tests.harness.browser import visit
from tests.harness.deadline import eventually
from tests.harness.mqtt_device import MqttDevice
from tests.harness.pages import EACH_LOOK, held_requests
from tests.harness.people import new_person


@pytest.fixture
def device(alice):
    return alice.new_device(tags=["cellar"])


def undo(page):
    page.locator(".qlines-toast").get_by_role("button", name="Undo").click()
    expect(page.locator(".qlines-toast")).to_have_text("Undone.")


def document(person, device):
    return person.api.document(f"/api/devices/{device.id}")


@EACH_LOOK
def test_a_new_name_and_new_tags_are_taken_back(open_page, alice, device):
    page = open_page(alice, f"/devices/{device.id}")
    page.fill("#name", "Renamed")
    page.fill("#tags", "north; roof")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".qlines-toast")).to_contain_text("Saved: name, tags.")
    changed = document(alice, device)

    undo(page)

    assert (changed["name"], changed["tags"]) == ("Renamed", ["north", "roof"])
    now = document(alice, device)
    assert (now["name"], now["tags"]) == (device.name, ["cellar"])
    expect(page.locator("h1")).to_have_text(device.name)
    expect(page.locator("#tags")).to_have_value("cellar")


def test_what_is_typed_while_a_change_is_saved_stays_and_is_saved_next(open_page, alice, device):
    page = open_page(alice, f"/devices/{device.id}")
    expect(page.locator("#token")).to_have_value(device.token)
    held = held_requests(page, f"**/api/devices/{device.id}")
    save = page.get_by_role("button", name="Save")

    page.fill("#name", f"{device.name} too")
    with page.expect_request(f"**/api/devices/{device.id}"):
        save.click()
    page.fill("#tags", "roof")
    held[0].continue_()
    expect(page.locator("#device-name")).to_have_text(f"{device.name} too")
    expect(page.locator("#tags")).to_have_value("roof")
    save.click()

    expect(page.locator(".qlines-toast").last).to_contain_text("Saved: tags.")
    assert document(alice, device)["tags"] == ["roof"]


def test_a_form_keeps_what_was_typed_when_the_server_refuses_it(open_page, alice, device):
    other = alice.new_device()
    page = open_page(alice, f"/devices/{device.id}", tolerated="409")
    page.fill("#name", other.name)
    page.fill("#tags", "roof")

    page.get_by_role("button", name="Save").click()

    expect(page.locator(".qlines-toast[role=alert]")).to_contain_text("choose another name")
    expect(page.locator("#name")).to_have_value(other.name)
    expect(page.locator("#tags")).to_have_value("roof")


def test_a_label_is_taken_back(appliance, open_page, alice, device):
    with MqttDevice(appliance, device.token) as client:
        client.publish({"t": 21.5})
    page = open_page(alice, f"/devices/{device.id}")
    expect(page.locator("#tiles")).to_contain_text("21.5")
    page.get_by_role("button", name="Labels and units").click()
    page.get_by_label("Label of t").fill("Water")
    page.locator("#labels-form").get_by_role("button", name="Save").click()
    expect(page.locator("#tiles")).to_contain_text("Water")

    undo(page)

    expect(page.locator("#tiles")).not_to_contain_text("Water")
    assert document(alice, device)["displays"] == {}


def test_a_tag_is_taken_only_from_those_who_got_it(appliance, open_page):
    person = new_person(appliance, "tagger")
    tagged, untagged = person.new_device("a", tags=["roof"]), person.new_device("b")
    page = open_page(person, "/devices")
    expect(page.locator("#page-text")).to_have_text("1 to 2 of 2")
    page.get_by_label("Select all on this page").check()
    page.fill("#bulk-tag", "roof")
    page.get_by_role("button", name="Add tag").click()
    expect(page.locator(".qlines-toast")).to_contain_text("Tagged 2 devices with roof.")

    undo(page)

    assert [document(person, each)["tags"] for each in (tagged, untagged)] == [["roof"], []]


def test_a_device_that_was_forgotten_is_put_back(appliance, open_page, admin):
    token = secrets.token_hex(10)
    requests.post(appliance.url(f"/api/v1/{token}/telemetry"), data='{"a": 1}', timeout=10)
    page = open_page(admin, "/unregistered", width=360)
    forget = page.get_by_role("button", name=f"Forget token {token[:4]}… (20 characters)")
    expect(forget).to_be_in_viewport(ratio=1)  # nothing has to be scrolled sideways
    forget.click()
    expect(forget).to_have_count(0)

    undo(page)

    expect(forget).to_have_count(1)
    admin.api.delete(f"/api/unregistered/{token}")


def test_a_removed_device_is_named_on_the_next_page(open_page, alice, device):
    page = open_page(alice, f"/devices/{device.id}", tolerated="404")
    page.get_by_role("button", name="Remove device").click()
    page.fill("#remove-name", device.name)
    page.get_by_role("button", name="Remove", exact=True).click()

    page.wait_for_url("**/devices")

    expect(page.locator(".qlines-toast")).to_have_text(f"{device.name} was removed.")


@pytest.mark.parametrize(
    ("path", "api", "shown"),
    [
        ("/devices", "/api/data?", "#page-text"),
        ("/devices/{}", "/api/devices/*/rejected", "#rejected"),
        ("/unregistered", "/api/unregistered", "#sightings"),
        ("/system", "/api/system", "#facts"),
    ],
)
def test_a_list_that_cannot_be_loaded_says_why_and_is_tried_again(
    open_page, admin, path, api, shown
):
    device = admin.new_device()
    page = open_page(admin, "/account", tolerated="503")
    wanted = re.compile(re.escape(api).replace(r"\*", ".*") + ("" if api.endswith("?") else "$"))
    page.route(wanted, lambda route: route.fulfill(status=503, json={"detail": "mongodb is away"}))
    visit(page, path.format(device.id))
    expect(page.locator("#notice")).to_contain_text("mongodb is away")
    expect(page.locator(shown)).to_contain_text("Not loaded.")

    with page.expect_request(wanted):
        page.get_by_role("button", name="Try again").click()
    page.unroute(wanted)
    # The page may have tried again by itself at this moment; then the button is gone.
    page.evaluate("document.querySelector('#notice button')?.click()")

    expect(page.locator("#notice")).to_be_hidden()
    expect(page.locator(shown)).not_to_contain_text("Not loaded.")


def test_an_api_key_is_removed_after_a_question(open_page, appliance):
    person = new_person(appliance, "key-owner")
    page = open_page(person, "/account")
    remove = page.get_by_role("button", name=re.compile("^Remove the key"))

    remove.click()
    page.locator("#confirm").get_by_role("button", name="Cancel").click()
    expect(remove).to_have_count(1)
    remove.click()
    page.locator("#confirm-yes").click()

    expect(page.locator(".alert")).to_contain_text("The key was removed.")
    eventually(lambda: person.api.get("/api/data").status_code == 401, 10, "the key is refused")
