"""The story of an admin and the system: what is wrong, what to do, the last day in charts."""

from playwright.sync_api import expect

from tests.harness.browser import visit
from tests.harness.deadline import eventually
from tests.harness.pages import DESKTOP_FIRST, EACH_LOOK, PHONE

PROBLEM = "cron (failed): ended with status 1 <b>and</b> was not restarted"
REPORT = {
    "status": "degraded", "since": 1_800_000_000_000, "version": "1", "role": None, "facts": [],
    "problems": [{"sentence": PROBLEM, "remedy": "Read its last lines in `docker logs`"}],
    "programs": [],
}  # fmt: skip
NOON = 1_800_014_400_000
DAY = {
    "every_seconds": 60.0, "at": [NOON, NOON + 60_000, NOON + 7_200_000],
    "messages_per_second": [None, 1200.4, 7.5], "unread_bytes": [0, 2_500_000, 0],
    "lag_seconds": [0.1, 12.0, 0.1], "disk_percent": [41.0, 41.0, 41.2],
    "memory_percent": [None, None, None],
}  # fmt: skip


@EACH_LOOK
def test_an_admin_sees_every_program_and_the_last_day(open_page, admin):
    eventually(
        lambda: bool(admin.api.document("/api/system/day")["at"]), 120, "the first minute is over"
    )

    page = open_page(admin, "/system")

    expect(page.locator("#programs tr", has_text="mosquitto")).to_contain_text("ok")
    expect(page.locator("#facts")).to_contain_text("of the disk is used")
    expect(page.locator("#disk_percent-text")).to_contain_text("at most")
    expect(page.locator("#disk_percent canvas")).to_be_visible()


def test_on_a_phone_a_program_is_read_without_scrolling_sideways(open_page, admin):
    page = open_page(admin, "/system", width=PHONE.width)

    row = page.locator("#programs tr", has_text="mosquitto")
    row.scroll_into_view_if_needed()
    for part in ("Name", "Status", "Since", "Restarts", "It says"):
        expect(row.locator(f"[data-label='{part}']")).to_be_in_viewport()
    table = page.get_by_role("group", name="Programs")
    assert table.evaluate("node => node.scrollWidth <= node.clientWidth")


@DESKTOP_FIRST
def test_a_problem_comes_with_what_to_do(open_page, admin):
    page = open_page(admin, "/account")
    page.route("**/api/system", lambda route: route.fulfill(json=REPORT))

    visit(page, "/system")

    line = page.locator("#problems li")
    expect(line).to_contain_text(PROBLEM)
    expect(line).to_contain_text("What to do: Read its last lines in docker logs.")
    expect(page.locator("#system-status")).to_have_text("Something is wrong")


def test_a_day_with_a_gap_and_unknown_values_is_drawn(open_page, admin):
    page = open_page(admin, "/account")
    page.route("**/api/system/day", lambda route: route.fulfill(json=DAY))

    visit(page, "/system")

    expect(page.locator("#messages_per_second-text")).to_contain_text("Now 7.5, at most 1200 at")
    expect(page.locator("#unread_bytes-text")).to_contain_text("Now 0 bytes, at most 2.5 MB at")
    expect(page.locator("#memory_percent-text")).to_contain_text("No values yet")


def test_when_the_server_does_not_answer_the_page_says_so_and_recovers(open_page, admin):
    page = open_page(admin, "/account", tolerated="ERR_FAILED")
    page.route("**/api/system", lambda route: route.abort())
    visit(page, "/system")
    expect(page.locator("#notice")).to_contain_text("The server cannot be reached.")

    page.unroute("**/api/system")

    expect(page.locator("#programs tr", has_text="mosquitto")).to_be_visible()
    expect(page.locator("#notice")).to_be_hidden()


def test_what_is_loaded_stays_when_something_else_fails(open_page, admin):
    page = open_page(admin, "/account", tolerated="ERR_FAILED")
    page.route("**/api/system/day", lambda route: route.fulfill(json=DAY))
    page.route("**/api/system", lambda route: route.abort())
    visit(page, "/system")
    expect(page.locator("#messages_per_second-text")).to_contain_text("Now 7.5")

    page.wait_for_event("requestfailed")  # it is asked for every few seconds

    expect(page.locator("#facts")).to_contain_text("Not loaded.")
    expect(page.locator("#messages_per_second-text")).to_contain_text("Now 7.5")
