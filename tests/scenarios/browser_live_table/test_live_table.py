"""The story of a table that is live: values arrive all the time, and nobody is disturbed.

What would change the order is offered by a button.

Point 5 of what a browser must do.
"""

import pytest
import requests
from playwright.sync_api import expect

from tests.harness.browser import visit
from tests.harness.pages import (
    DESKTOP_FIRST,
    EACH_LOOK,
    held_requests,
    is_wider_than_the_screen,
    shown_names,
)
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


@DESKTOP_FIRST
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


def send(device, owner, value):
    url = owner.appliance.url(f"/api/v1/{device.token}/telemetry")
    assert requests.post(url, json={"temperature": value}, timeout=10).status_code == 200


@EACH_LOOK
def test_another_order_is_offered_and_a_removed_device_says_so(appliance, open_page, look):
    person = new_person(appliance, "orderly")
    first, second, third = (person.new_device(name) for name in ("first", "second", "third"))
    page = open_page(person, "/account", tolerated="ERR_FAILED")
    # Without a socket the page asks for everything once a second.
    page.route("**/socket.io/**", lambda route: route.abort())
    page.route_web_socket("**/socket.io/**", lambda socket: socket.close())
    page.set_viewport_size({"width": look.width, "height": 400})  # the pager is below it
    visit(page, "/devices?sort=last_seen&order=desc")
    expect(page.locator("#live-state")).to_have_text("Updated every second")
    order = shown_names(page)
    page.get_by_label(f"Select {order[1]}", exact=True).focus()
    last = {"first": first, "second": second, "third": third}[order[2]]
    gone = {"first": first, "second": second, "third": third}[order[0]]

    send(last, person, 17.25)
    offer = page.get_by_role("button", name="Order changed. Refresh")
    expect(offer).to_be_visible()
    assert not is_wider_than_the_screen(page)
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    pager, shown = page.locator(".qlines-pager").bounding_box(), offer.bounding_box()
    assert pager["y"] + pager["height"] < shown["y"]  # at the end of the page it covers nothing
    assert 0 <= shown["x"] < shown["x"] + shown["width"] <= look.width
    person.api.delete(f"/api/devices/{gone.id}")

    expect(page.locator(".tabulator-row", has_text=order[0])).to_contain_text("Removed")
    expect(page.locator(".tabulator-row", has_text=order[2])).to_contain_text("17.25")
    assert shown_names(page) == order
    expect(page.get_by_label(f"Select {order[1]}", exact=True)).to_be_focused()
    offer.click()
    expect(page.locator("#page-text")).to_have_text("1 to 2 of 2")
    expect(offer).to_be_hidden()
    assert shown_names(page) == [order[2], order[1]]


NEWEST = """async (rows) => (await import("/static/js/overview_live.js")).newest(...rows)"""


def test_an_answer_that_is_older_than_a_push_changes_no_value(modules):
    now_ms = modules.evaluate("Date.now()")
    pushed = {"t": {"ts": 2000, "value": 9}, "new": {"ts": 2000, "value": 1}}
    shown = {"values": pushed, "tags": [], "last_seen": now_ms, "status": "online"}
    stored = {"t": {"ts": 1000, "value": 5}, "other": {"ts": 1500, "value": 7}}
    answered = {"values": stored, "tags": [], "last_seen": 1500, "status": "offline"}

    found = modules.evaluate(NEWEST, [shown, answered])

    assert found == {**shown, "values": {**stored, **pushed}}


def test_a_device_that_has_been_silent_is_what_the_server_says(modules):
    pushed_ms = modules.evaluate("Date.now()") - 600_000
    # A push is seen a moment after the server has noted it.
    shown = {"values": {}, "tags": [], "last_seen": pushed_ms, "status": "online"}
    answered = {**shown, "last_seen": pushed_ms - 100, "status": "offline"}

    assert modules.evaluate(NEWEST, [shown, answered]) == answered


ASK_TWICE = """async () => {
  const { newestOf } = await import("/static/js/newest_answer.js");
  const answers = [];
  const ask = newestOf(() => new Promise((resolve) => answers.push(resolve)));
  const asked = [ask(), ask()];
  answers[1]("newer");
  const newer = await asked[1];
  answers[0]("older");
  const last = ask();
  answers[2]("last");
  return [newer, await asked[0], await last];
}"""


def test_an_answer_that_comes_after_a_newer_one_is_dropped(modules):
    assert modules.evaluate(ASK_TWICE) == ["newer", None, "last"]


OUTDATE = """async () => {
  const { newestOf } = await import("/static/js/newest_answer.js");
  const ask = newestOf(() => Promise.resolve("from before"));
  const asked = ask();
  ask.outdate();
  return [await asked, await ask()];
}"""


def test_what_was_asked_for_before_the_page_changed_it_is_dropped(modules):
    assert modules.evaluate(OUTDATE) == [None, "from before"]


REPLACE = """async ([pushed, answered]) => {
  const { LiveRows } = await import("/static/js/overview_live.js");
  const shown = [];
  const table = { replaceData: async (items) => shown.push(items), getRow: () => null };
  const rows = new LiveRows(table);
  await rows.replace([{ id: "a", values: {}, tags: [], last_seen: 1, status: "offline" }]);
  rows.apply({ device: "a", values: pushed });
  await rows.replace([answered, { ...answered, id: "b" }]);
  return shown[1].map(({ values }) => values);
}"""


def test_rows_in_another_order_keep_what_was_pushed_and_is_not_stored_yet(modules):
    stored = {"t": {"ts": 1000, "value": 5}}
    answered = {"id": "a", "values": stored, "tags": [], "last_seen": 1000, "status": "online"}

    found = modules.evaluate(REPLACE, [{"t": [[2000, 9]]}, answered])

    assert found == [{"t": {"ts": 2000, "value": 9}}, stored]


def test_the_table_is_busy_until_the_newest_answer_is_there(open_page, alice):
    alice.new_device()
    page = open_page(alice, "/devices")
    table = page.locator("#device-table")
    expect(table).to_have_attribute("aria-busy", "false")
    held = held_requests(page, "**/api/data?*", 2)

    for field in ("last_seen", "status"):
        with page.expect_request("**/api/data?*"):
            page.locator(f"[data-sort={field}]").click()
    page.evaluate("new Promise((resolve) => setTimeout(resolve, 0))")  # the first one is aborted

    assert table.get_attribute("aria-busy") == "true"
    held[-1].continue_()
    expect(table).to_have_attribute("aria-busy", "false")
