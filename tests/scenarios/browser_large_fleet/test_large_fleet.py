"""The story of an owner of 10,000 devices: one page of them is fetched, drawn and watched.

However fast somebody turns the pages while values arrive, the right one is there at the end.
`make bench ONLY=devices` measures how long a page takes.

Points 4 and 6 of what a browser must do.
"""

import csv
import io
import json
import re

import pytest
from playwright.sync_api import expect

from tests.harness.browser import visit
from tests.harness.deadline import eventually
from tests.harness.pages import DESKTOP_FIRST, EACH_LOOK, shown_names
from tests.harness.people import Device, new_person
from tests.harness.steady_sender import SteadySender

DEVICES = 10_000
ROWS = 25
NOW_AND_THEN_BACK = ["next", "next", "previous"] * 33 + ["next"]  # a hundred, 34 pages further
LAST_PAGE = range(875, 900)  # from page 2, where numbers begin at 25
FLIP = """async (directions) => {
  for (const direction of directions) {
    document.getElementById(`page-${direction}`).click();
    await new Promise(requestAnimationFrame);
  }
}"""
WATCHES = re.compile(r'\["(watch|unwatch)",\{"devices":(\[[^\]]*\])')


@pytest.fixture(scope="module")
def owner(appliance):
    """Return the owner of devices with the numbers 0 to 9,999; they are removed at the end."""
    person = new_person(appliance, "fleet-owner")
    file = io.StringIO()
    csv.writer(file).writerows(
        [("name", "owner", "token"), *((name(n), person.email, token(n)) for n in range(DEVICES))]
    )
    appliance.cli("device", "import", "-", text=file.getvalue(), seconds=300)
    yield person
    while found := person.api.document("/api/devices", per_page=200)["items"]:
        ids = [device["id"] for device in found]
        assert person.api.post("/api/devices/remove", json={"devices": ids}).ok


def name(number):
    return f"meter {number:04}"


def token(number):
    return f"meter-token-{number:04}"


def watched(messages):
    """Return the devices that a page watches, from what it has sent over its socket."""
    ids = set()
    for event, devices in WATCHES.findall("".join(messages)):
        (ids.update if event == "watch" else ids.difference_update)(json.loads(devices))
    return ids


def shown_ids(page):
    links = page.locator(".tabulator-row a[href^='/devices/']")
    return {link.get_attribute("href").split("/")[2] for link in links.all()}


@EACH_LOOK
def test_one_page_of_ten_thousand_is_fetched_drawn_and_watched(open_page, owner):
    page = open_page(owner, "/account")
    sent, fetched = [], []
    page.on("request", lambda request: sent.append(request.post_data or ""))
    page.on("websocket", lambda socket: socket.on("framesent", lambda text: sent.append(str(text))))
    page.on(
        "requestfinished",
        lambda request: "/api/data?" in request.url and fetched.append(request.response().json()),
    )

    visit(page, f"/devices?per_page={ROWS}")
    expect(page.locator("#page-text")).to_have_text("1 to 25 of 10000")
    expect(page.locator("#live-state")).to_have_text("Live")
    page.get_by_role("button", name="Next").click()
    expect(page.locator("#page-text")).to_have_text("26 to 50 of 10000")

    expect(page.locator(".tabulator-row")).to_have_count(ROWS)
    assert {len(document["items"]) for document in fetched} == {ROWS}
    eventually(lambda: watched(sent) == shown_ids(page), 10, "the page watches its rows, no others")


@DESKTOP_FIRST
def test_a_hundred_quick_flips_end_on_the_right_rows_while_values_arrive(
    appliance, open_page, owner
):
    page = open_page(owner, f"/devices?per_page={ROWS}&page=2")
    expect(page.locator("#live-state")).to_have_text("Live")
    senders = [Device("", name(number), token(number)) for number in range(20, 900, 5)]

    with SteadySender(appliance, senders) as sender:
        sender.wait_for(len(senders))
        page.evaluate(FLIP, NOW_AND_THEN_BACK)
        expect(page.locator("#page-text")).to_have_text("876 to 900 of 10000")
        expect(page.locator("#device-table")).to_have_attribute("aria-busy", "false")

        assert shown_names(page) == [name(number) for number in LAST_PAGE]
        values = page.locator(".tabulator-row", has_text=name(880)).locator(".qlines-pairs")
        before = values.inner_text()
        expect(values).not_to_have_text(before)
    assert shown_names(page) == [name(number) for number in LAST_PAGE]
    expect(page.locator("#notice")).to_be_hidden()
