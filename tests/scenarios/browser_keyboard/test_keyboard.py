"""The story of somebody without a mouse: Tab, Enter, Space, Escape and the arrows reach everything.

One sees where the focus is, and it returns to where it was once a dialog is closed. A screen reader
is not interrupted by each value that arrives.

Point 18 of what a browser must do.
"""

import re

import pytest
from playwright.sync_api import expect

from tests.harness.mqtt_device import MqttDevice
from tests.harness.pages import DESKTOP, DESKTOP_FIRST, EACH_LOOK, PHONE, tab_to
from tests.harness.people import new_person

ASK_TWICE = """async () => {
  const { confirmed } = await import("/static/js/confirm.js");
  const first = confirmed("Generate a new token?", "", "Generate token");
  document.getElementById("confirm-no").click();
  const second = confirmed("Generate a new token?", "", "Generate token");
  setTimeout(() => document.getElementById("confirm-yes").click(), 500);
  return [await first, await second];
}"""
SPOKEN = "[aria-live]:not([aria-live=off]), [role=status], [role=alert], [role=log]"


@pytest.fixture(scope="module")
def typist(appliance):
    """Return a person with thirty pumps, of which the last has sent a value."""
    person = new_person(appliance, "typist")
    person.devices = [person.new_device(f"pump {number:02}") for number in range(1, 31)]
    with MqttDevice(appliance, person.devices[-1].token) as client:
        client.publish({"temperature": 21.5})
    return person


@EACH_LOOK
def test_the_table_is_sorted_paged_and_narrowed_by_keyboard(open_page, typist, look):
    column = {DESKTOP: "Tags", PHONE: "Values"}[look]  # a phone has no room for tags
    page = open_page(typist, "/devices?per_page=25")
    expect(page.locator("#page-text")).to_have_text("1 to 25 of 30")

    columns = page.locator("summary", has_text="Columns")
    tab_to(page, columns)
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_label(column, exact=True))
    page.keyboard.press("Space")
    expect(page.get_by_role("columnheader", name=column)).to_be_hidden()
    page.keyboard.press("Escape")
    expect(columns).to_be_focused()

    tab_to(page, page.locator("[data-sort=name]"))
    page.keyboard.press("Enter")
    expect(page.locator(".tabulator-row a").first).to_have_text("pump 30")
    tab_to(page, page.get_by_role("button", name="Next"))
    page.keyboard.press("Enter")
    expect(page.locator("#page-text")).to_have_text("26 to 30 of 30")


@DESKTOP_FIRST
def test_a_device_is_opened_read_and_given_a_new_token_by_keyboard(open_page, typist):
    page = open_page(typist, "/devices?search=pump+30")
    tab_to(page, page.get_by_role("link", name="pump 30", exact=True))
    page.keyboard.press("Enter")
    expect(page.locator("#chart-text")).to_contain_text("1 point =")

    chart = page.locator("#chart")
    tab_to(page, chart)
    page.keyboard.press("End")
    expect(chart).to_have_attribute("aria-valuetext", re.compile("temperature 21.5"))

    expect(page.locator("#token")).not_to_have_value("")
    token = page.locator("#token").input_value()
    replace = page.get_by_role("button", name="Generate new token")
    tab_to(page, replace)
    page.keyboard.press("Enter")
    expect(page.locator("#confirm")).to_be_visible()
    page.keyboard.press("Escape")
    expect(replace).to_be_focused()
    expect(page.locator("#token")).to_have_value(token)
    page.keyboard.press("Enter")
    tab_to(page, page.locator("#confirm-yes"))
    page.keyboard.press("Enter")
    expect(page.locator("#token")).not_to_have_value(token)
    expect(replace).to_be_focused()


def test_a_question_that_is_asked_again_at_once_keeps_its_answer(open_page, typist):
    page = open_page(typist, f"/devices/{typist.devices[-1].id}")

    answers = page.evaluate(ASK_TWICE)

    assert answers == [False, True]


@pytest.mark.parametrize("path", ["/devices?search=pump+30", "/devices/{}"])
def test_values_are_not_read_out_as_they_arrive(open_page, typist, path):
    page = open_page(typist, path.format(typist.devices[-1].id))
    values = page.locator("main").get_by_text(re.compile(r"^21\.5$"))
    expect(values.first).to_be_visible()

    spoken = page.locator(SPOKEN).all_inner_texts()

    assert [text for text in spoken if "21.5" in text] == []
