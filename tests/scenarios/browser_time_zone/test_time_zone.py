"""The story of time zones: every time on every page is in the zone of the person, and names it.

It is the browser's zone or the chosen one. Axis, tooltip, table and the fields of a free range
agree, also on the days on which clocks change. A file is in UTC, and says so.

Point 15 of what a browser must do.
"""

import csv
import io
import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.harness.browser import visit
from tests.harness.deadline import eventually
from tests.harness.mqtt_device import MqttDevice
from tests.harness.pages import DESKTOP, EACH_LOOK, PHONE
from tests.harness.people import new_person

# A minute before and after New York changes its clocks: 02:00 becomes 03:00, 02:00 becomes 01:00.
CLOCKS_CHANGE = [
    "2026-03-08T06:59Z", "2026-03-08T07:01Z", "2026-11-01T05:59Z", "2026-11-01T06:01Z",
]  # fmt: skip
HOURS = """async (moments) => {
  const { chartDate } = await import("/static/js/chart_time.js");
  return moments.map((moment) => chartDate(Date.parse(moment) / 1000).getHours());
}"""


NEW_YORK, KOLKATA = "America/New_York", "Asia/Kolkata"
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
NOTE_LABELS = """
window.labels = new Set();
const {fillText} = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.fillText = function (...drawn) {
  window.labels.add(drawn[0]);
  return fillText.apply(this, drawn);
};
"""
TIME_LABEL = re.compile(r"\d\d:\d\d [AP]M")


@pytest.fixture
def dora(appliance):
    """Return a person with one device that has sent a value."""
    person = new_person(appliance, "dora")
    person.device = person.new_device()
    with MqttDevice(appliance, person.device.token) as client:
        client.publish({"temperature": 21.5})
    return person


def choose(page, zone):
    visit(page, "/account")
    page.select_option("#zone", zone)
    page.locator("form", has=page.locator("#zone")).get_by_role("button").click()
    page.locator(".alert-success").wait_for()


@EACH_LOOK
def test_a_chosen_zone_applies_to_every_page_and_can_be_taken_back(open_page, dora):
    page = open_page(dora, "/account")
    browsers = page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone")
    expect(page.locator("#zone-now")).to_contain_text(f"({browsers})")

    choose(page, "Pacific/Auckland")

    expect(page.locator("#zone-now")).to_contain_text("(Pacific/Auckland)")
    visit(page, f"/devices/{dora.device.id}")
    expect(page.locator("#chart-text")).to_contain_text("Times are in Pacific/Auckland")
    assert "(Pacific/Auckland)" in page.locator("#latest time").get_attribute("title")
    choose(page, "")
    expect(page.locator("#zone-now")).to_contain_text(f"({browsers})")


def test_a_link_to_a_range_shows_the_same_times_in_another_zone(open_page, dora):
    first, last = full_hour() - 3 * HOUR, full_hour() + HOUR
    path = f"/devices/{dora.device.id}?from={ms(first)}&to={ms(last)}"
    page = open_page(dora, path, timezone=KOLKATA)
    page.get_by_role("button", name="Zoom out").click()
    page.wait_for_url("**zone=Asia*")

    other = open_page(dora, page.url, timezone=NEW_YORK)

    zone = page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone")
    expect(other.locator("#chart-text")).to_contain_text(f"Times are in {zone}")


def test_the_charts_know_the_days_on_which_clocks_change(open_page, dora):
    page = open_page(dora, "/account")
    choose(page, "America/New_York")
    visit(page, f"/devices/{dora.device.id}")

    hours = page.evaluate(HOURS, CLOCKS_CHANGE)

    assert hours == [1, 3, 1, 1]


def full_hour():
    return datetime.now(UTC).replace(minute=0, second=0, microsecond=0)


def last_changes(zone):
    """Return when the zone changed its clocks in the last year: in spring and in autumn."""
    hours = [full_hour() - hours * HOUR for hours in range(24, 365 * 24)]
    offsets = [hour.astimezone(ZoneInfo(zone)).utcoffset() for hour in hours]
    return [
        hour
        for hour, offset, before in zip(hours, offsets, offsets[1:], strict=False)
        if offset != before
    ]


def exact(moment, zone, name):
    """Return the time as every page writes it; the browser may have another name for the zone."""
    local = moment.astimezone(ZoneInfo(zone))
    hour = local.hour % 12 or 12
    return f"{local:%b} {local.day}, {local.year}, {hour}:{local:%M:%S %p} ({name})"


def plain(text):
    """Return the text with ordinary blanks: Chromium puts narrow ones into times."""
    return " ".join(text.split())


def ms(moment):
    return round(moment.timestamp() * 1000)


@pytest.mark.parametrize(
    ("look", "zone", "chosen", "moment"),
    [
        (DESKTOP, KOLKATA, False, full_hour() - 24 * HOUR),
        (PHONE, KOLKATA, False, full_hour() - 24 * HOUR),
        *((DESKTOP, NEW_YORK, False, moment) for moment in last_changes(NEW_YORK)),
        *((PHONE, NEW_YORK, True, moment) for moment in last_changes(NEW_YORK)),
    ],
    ids=["desktop", "phone", "browser-autumn", "browser-spring", "chosen-autumn", "chosen-spring"],
    indirect=["look"],
)
def test_axis_tooltip_table_fields_and_file_agree(appliance, open_page, dora, zone, chosen, moment):
    sent = [moment - 2 * HOUR, moment - MINUTE, moment + MINUTE, moment + 2 * HOUR]
    first, last = moment - 3 * HOUR, moment + 3 * HOUR
    device = dora.new_device()
    with MqttDevice(appliance, device.token) as client:
        client.publish([{"ts": ms(at), "values": {"temperature": 21.5}} for at in sent])
    newest = ms(sent[-1])
    eventually(lambda: dora.history(device, "temperature", newest), 20, "the points are stored")
    page = open_page(dora, "/account", timezone=KOLKATA if chosen else zone, script=NOTE_LABELS)
    if chosen:
        choose(page, zone)
    name = zone if chosen else page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone")

    visit(page, f"/devices/{device.id}?from={ms(first)}&to={ms(last)}")
    expect(page.locator("#chart-text")).to_contain_text(f"Times are in {name}.")
    page.locator("#chart").focus()
    page.keyboard.press("End")

    times = [exact(at, zone, name) for at in sent]
    assert times[-1] in plain(page.locator("#chart").get_attribute("aria-valuetext"))
    assert times[-1] in plain(page.locator("#chart .u-legend").inner_text())
    page.get_by_text("Values as a table").click()
    cells = page.locator("#table-body tr td:first-child")
    expect(cells).to_have_count(len(times))  # it is filled a moment after it was opened
    assert [plain(cell) for cell in cells.all_inner_texts()] == times[::-1]
    assert plain(page.locator("#latest time").get_attribute("title")) == times[-1]
    assert_axis(page, first, last, zone)
    assert_fields(page, first, last, zone)
    assert file_times(page) == sent


def assert_axis(page, first, last, zone):
    """Assert that each label of the axis is a time of that zone within the range."""
    minutes = int((last - first) / MINUTE)
    local = [(first + n * MINUTE).astimezone(ZoneInfo(zone)) for n in range(minutes + 1)]
    texts = {plain(text) for text in page.evaluate("[...window.labels]")}
    labels = {text for text in texts if TIME_LABEL.fullmatch(text)}
    assert len(labels) >= 3
    assert labels <= {f"{at:%I:%M %p}" for at in local}


def assert_fields(page, first, last, zone):
    """Assert that the form has the range in that zone, and that sending it changes nothing."""
    page.get_by_role("button", name="From … to …").click()
    for field, moment in (("#free-from", first), ("#free-to", last)):
        local = moment.astimezone(ZoneInfo(zone))
        assert page.locator(field).input_value()[:16] == f"{local:%Y-%m-%dT%H:%M}"
    page.locator("#free-form button").click()
    assert f"from={ms(first)}&to={ms(last)}" in page.url


def file_times(page):
    """Export what the chart shows, and return the times in the file."""
    page.get_by_role("button", name="Export CSV").click()
    with page.expect_download() as saved:
        page.get_by_role("link", name="download the CSV").click()
    rows = list(csv.DictReader(io.StringIO(saved.value.path().read_text())))
    assert all(row["time"].endswith("Z") for row in rows)
    assert [int(row["ts"]) for row in rows] == [ms(at) for at in map(read_time, rows)]
    return [read_time(row) for row in rows]


def read_time(row):
    return datetime.fromisoformat(row["time"])
