"""The story of a list with filters, which are in the address; many devices are changed at once.

Points 7 and 16 of what a browser must do.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.harness.browser import visit
from tests.harness.deadline import eventually
from tests.harness.mqtt_device import MqttDevice
from tests.harness.pages import DESKTOP_FIRST, EACH_LOOK, shown_names
from tests.harness.people import new_person


@pytest.fixture
def fleet(appliance, request):
    """Return a user with six pumps, three of them in the cellar."""
    person = new_person(appliance, f"fleet-{abs(hash(request.node.name)) % 10**8}")
    person.devices = [
        person.new_device(f"pump {number}", tags=["cellar"] if number <= 3 else [])
        for number in range(1, 7)
    ]
    return person


def shows(page, text):
    expect(page.locator("#page-text")).to_have_text(text)


def select(page, *names):
    for name in names:
        page.get_by_label(f"Select {name}", exact=True).check()


@DESKTOP_FIRST
def test_a_number_by_status_leads_to_exactly_those(appliance, open_page, fleet):
    with MqttDevice(appliance, fleet.devices[0].token) as client:
        client.publish({"temperature": 3})
        # The page asks for the numbers again only after half a minute.
        eventually(lambda: fleet.value(fleet.devices[0], "temperature") == 3, 20, "it is stored")
        page = open_page(fleet, "/devices")
        never = page.locator("#statuses a", has_text="Never seen")
        expect(never).to_have_text("Never seen 5")
        expect(page.locator("#statuses a", has_text="Online")).to_have_text("Online 1")
        seen = page.locator(".tabulator-row", has_text="pump 1").locator("[data-ms]").first
        expect(seen).to_have_attribute("title", re.compile(r"\d:\d\d:\d\d .*\(.+\)$"))

        never.click()

        shows(page, "1 to 5 of 5")
        assert "pump 1" not in shown_names(page)
        assert "status=never" in page.url
        expect(never).to_have_attribute("aria-current", "true")


@EACH_LOOK
def test_filters_are_chips_that_can_be_removed_one_by_one_or_all(open_page, fleet):
    page = open_page(fleet, "/devices?tag=cellar&status=never&search=pump")
    shows(page, "1 to 3 of 3")
    expect(page.locator("#chips .qlines-chip")).to_have_count(3)

    page.get_by_label("Remove the filter Tag: cellar").click()
    shows(page, "1 to 6 of 6")
    page.get_by_role("button", name="Clear all", exact=True).click()

    expect(page.locator("#chips")).to_be_hidden()
    expect(page.locator("#search")).to_have_value("")
    assert page.url.endswith("/devices")


@DESKTOP_FIRST
def test_back_and_forward_restore_the_rows(open_page, fleet):
    page = open_page(fleet, "/devices")
    shows(page, "1 to 6 of 6")
    page.locator("#tag-filter").select_option("cellar")
    shows(page, "1 to 3 of 3")
    page.locator("[data-sort=name]").click()
    expect(page.locator(".tabulator-row a").first).to_have_text("pump 3")
    page.fill("#search", "pump 1")
    shows(page, "1 to 1 of 1")

    page.go_back()
    shows(page, "1 to 3 of 3")
    expect(page.locator("#search")).to_have_value("")
    assert shown_names(page) == ["pump 3", "pump 2", "pump 1"]
    page.go_back()
    page.go_back()
    shows(page, "1 to 6 of 6")
    expect(page.locator("#tag-filter")).to_have_value("")
    page.go_forward()
    shows(page, "1 to 3 of 3")


def test_without_a_match_the_filters_can_be_cleared(open_page, fleet):
    page = open_page(fleet, "/devices?status=offline")
    expect(page.locator("#empty-title")).to_have_text("No devices found")

    page.locator("#empty-clear").click()

    shows(page, "1 to 6 of 6")


def test_the_choice_of_columns_is_kept(open_page, fleet):
    page = open_page(fleet, "/devices")
    column = page.get_by_role("columnheader", name="Tags")
    expect(column).to_be_visible()

    page.locator("summary", has_text="Columns").press("Enter")
    page.get_by_label("Tags", exact=True).uncheck()
    expect(column).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.get_by_label("Tags", exact=True)).to_be_hidden()
    visit(page, page.url)

    shows(page, "1 to 6 of 6")
    expect(column).to_be_hidden()


def test_a_tag_in_a_row_is_a_filter(open_page, fleet):
    page = open_page(fleet, "/devices")

    page.locator(".tabulator-row", has_text="pump 2").get_by_role("link", name="cellar").click()

    shows(page, "1 to 3 of 3")


@DESKTOP_FIRST
def test_many_get_a_tag(open_page, fleet):
    page = open_page(fleet, "/devices?per_page=25")
    expect(page.locator("#bulk")).to_be_hidden()
    select(page, "pump 3", "pump 5")
    expect(page.locator("#bulk-text")).to_have_text("2 selected")

    page.fill("#bulk-tag", "north")
    page.get_by_role("button", name="Add tag").click()

    expect(page.locator(".qlines-toast")).to_contain_text("Tagged 2 devices with north.")
    expect(page.locator("#bulk")).to_be_hidden()
    row = page.locator(".tabulator-row", has_text="pump 3")
    expect(row.locator(".qlines-tags a")).to_have_text(["cellar", "north"])
    page.locator("#tag-filter").select_option("north")
    shows(page, "1 to 2 of 2")


def test_many_are_removed_after_a_question_that_says_how_many(open_page, fleet):
    page = open_page(fleet, "/devices")
    shows(page, "1 to 6 of 6")
    page.get_by_label("Select all on this page").check()
    page.get_by_label("Select pump 1", exact=True).uncheck()

    page.locator("#bulk-remove").click()
    expect(page.locator("#confirm-title")).to_have_text("Remove 5 devices?")
    page.locator("#confirm").get_by_role("button", name="Cancel").click()
    shows(page, "1 to 6 of 6")
    page.locator("#bulk-remove").click()
    expect(page.locator("#confirm-yes")).to_be_disabled()
    page.fill("#confirm-typed", "5")
    page.locator("#confirm-yes").click()

    shows(page, "1 to 1 of 1")
    assert shown_names(page) == ["pump 1"]
    expect(page.locator(".qlines-toast")).to_have_text("5 devices removed.")


def test_the_selection_outlasts_a_change_of_the_page(open_page, fleet):
    page = open_page(fleet, "/devices")
    select(page, "pump 1")

    page.locator("#tag-filter").select_option("cellar")
    shows(page, "1 to 3 of 3")
    select(page, "pump 2")

    expect(page.locator("#bulk-text")).to_have_text("2 selected")
    expect(page.get_by_label("Select pump 1", exact=True)).to_be_checked()


def test_the_selected_or_all_devices_are_exported_as_csv(open_page, fleet):
    page = open_page(fleet, "/devices?search=pump")
    select(page, "pump 3")
    with page.expect_download() as saved:
        page.locator("#bulk-export").click()
    assert saved.value.suggested_filename == "devices.csv"
    selected = saved.value.path().read_text().splitlines()
    assert selected == ["name,owner,gateway,tags", f"pump 3,{fleet.email},false,cellar"]

    page.locator("summary", has_text="More").click()
    with page.expect_download() as saved:
        page.get_by_role("button", name="Export list with tokens").click()

    lines = saved.value.path().read_text().splitlines()
    assert len(lines) == 7
    assert fleet.devices[0].token in lines[1]


def test_a_live_value_does_not_touch_the_selection(appliance, open_page, fleet):
    page = open_page(fleet, "/devices")
    expect(page.locator("#live-state")).to_have_text("Live")
    select(page, "pump 2")
    page.get_by_label("Select pump 2", exact=True).focus()

    with MqttDevice(appliance, fleet.devices[1].token) as client:
        client.publish({"temperature": 17.25})

    row = page.locator(".tabulator-row", has_text="pump 2")
    expect(row).to_contain_text("temperature 17.25")
    expect(page.get_by_label("Select pump 2", exact=True)).to_be_checked()
    expect(page.get_by_label("Select pump 2", exact=True)).to_be_focused()


def test_what_was_removed_elsewhere_keeps_nothing_from_being_done(open_page, fleet):
    page = open_page(fleet, "/devices")
    select(page, "pump 1", "pump 2", "pump 3")
    fleet.api.delete(f"/api/devices/{fleet.devices[1].id}")

    page.fill("#bulk-tag", "north")
    page.get_by_role("button", name="Add tag").click()

    expect(page.locator(".qlines-toast")).to_contain_text(
        "Tagged 2 devices with north. 1 device had been removed already."
    )
    shows(page, "1 to 5 of 5")


def test_a_device_leads_back_to_the_list_as_it_was(open_page, fleet):
    page = open_page(fleet, "/devices")
    page.locator("#tag-filter").select_option("cellar")
    page.locator("[data-sort=name]").click()
    expect(page.locator(".tabulator-row a").first).to_have_text("pump 3")
    address = page.url

    page.get_by_role("link", name="pump 3", exact=True).click()
    page.reload()
    page.get_by_role("link", name="‹ Devices").click()

    page.wait_for_url(address)
    shows(page, "1 to 3 of 3")
    other_tab = open_page(fleet, f"/devices/{fleet.devices[0].id}")
    expect(other_tab.get_by_role("link", name="‹ Devices")).to_have_attribute("href", "/devices")


def test_a_phone_that_is_turned_shows_the_wide_rows(open_page, fleet):
    page = open_page(fleet, "/devices", width=360)
    row = page.locator(".tabulator-row", has_text="pump 1")
    expect(row).to_contain_text("Never seen")
    narrow = row.bounding_box()["height"]

    page.set_viewport_size({"width": 800, "height": 360})

    expect(row.locator("[tabulator-field=status]")).to_be_visible()
    expect(row.get_by_text("Never seen")).to_have_count(1)
    assert row.bounding_box()["height"] < narrow
