"""The story of a table that is live: values arrive all the time, and nobody is disturbed.

Point 5 of what a browser must do.
"""

import pytest
from playwright.sync_api import expect

from tests.harness.pages import EACH_LOOK, shown_names
from tests.harness.people import new_person
from tests.harness.steady_sender import SteadySender

MESSAGES = 250  # in about five seconds
# The text of a name is selected, a checkbox has the focus, a menu is open, the page is scrolled.
WORK = """() => {
  document.querySelectorAll("details.qlines-menu")[1].open = true;
  const box = document.querySelector("[aria-label='Select pump 40']");
  box.scrollIntoView({block: "center", behavior: "instant"});
  box.focus({preventScroll: true});
  getSelection().selectAllChildren(document.querySelector(".tabulator-row a[title='pump 39']"));
}"""
STATE = """() => ({
  scrolled: scrollY,
  focused: document.activeElement.ariaLabel,
  selected: getSelection().toString(),
  openMenus: document.querySelectorAll("details.qlines-menu[open]").length,
})"""


@pytest.fixture(scope="module")
def fleet(appliance):
    """Return a person with sixty pumps."""
    person = new_person(appliance, "watcher")
    person.devices = [person.new_device(f"pump {number:02}") for number in range(1, 61)]
    return person


@EACH_LOOK
def test_values_arrive_while_scroll_focus_selection_menu_and_order_stay(
    appliance, open_page, fleet
):
    page = open_page(fleet, "/devices?per_page=100&sort=last_seen&order=desc")
    expect(page.locator("#page-text")).to_have_text("1 to 60 of 60")
    expect(page.locator("#live-state")).to_have_text("Live")

    with SteadySender(appliance, fleet.devices) as sender:
        sender.wait_for(len(fleet.devices))  # the first value of each makes no row higher
        page.evaluate(WORK)
        state, names = page.evaluate(STATE), shown_names(page)
        value = page.locator(".tabulator-row", has_text="pump 39").locator(".qlines-pairs")
        before = value.inner_text()
        sender.wait_for(MESSAGES)

        expect(value).not_to_have_text(before)
        assert page.evaluate(STATE) == state
        assert shown_names(page) == names

    assert state["scrolled"] > 0
    assert (state["focused"], state["selected"]) == ("Select pump 40", "pump 39")
    assert state["openMenus"] == 1
