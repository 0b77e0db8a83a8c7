"""The story of a chart: an outage is a gap, a spike stays, and nothing moves while somebody looks.

Its range is in the address; mouse, keyboard and buttons zoom it, and a finger scrolls the page.

Points 11, 12, 13, 14 and 19 of what a browser must do.
"""

import re

import pytest
from playwright.sync_api import expect

from qlines.clock import SystemClock
from tests.harness.deadline import eventually
from tests.harness.mqtt_device import MqttDevice
from tests.harness.pages import DESKTOP, DESKTOP_FIRST, EACH_LOOK, PHONE, is_wider_than_the_screen
from tests.harness.steady_sender import SteadySender

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 86_400_000
SPIKE = 99
# A point has the shortest of the usual lengths that is a pixel wide or more.
POINT_OF_AN_HOUR = {DESKTOP: "1 point = 5 s", PHONE: "1 point = 15 s"}
POINT_OF_12_MINUTES = {DESKTOP: "1 point = 1 s", PHONE: "1 point = 5 s"}
POINT_OF_10_MINUTES = {DESKTOP: "1 point = 1 s", PHONE: "1 point = 2 s"}


# Whether the blue line is drawn at these shares of the chart's width.
LINE_AT = """(shares) => {
  const chart = document.getElementById("chart");
  const [canvas, over] = ["canvas", ".u-over"].map((part) => chart.querySelector(part));
  const [outer, inner] = [canvas, over].map((node) => node.getBoundingClientRect());
  const scale = canvas.width / outer.width;
  const [top, height] = [inner.top - outer.top, inner.height].map((length) => length * scale);
  const isBlue = (_red, i, pixels) => i % 4 === 0 && pixels[i + 2] - pixels[i] > 80;
  return shares.map((share) => {
    const left = (inner.left - outer.left + share * inner.width) * scale;
    return canvas.getContext("2d").getImageData(left, top, 2, height).data.some(isBlue);
  });
}"""


def now_ms():
    return SystemClock().now_us() // 1000


@pytest.fixture
def device(alice):
    return alice.new_device()


def send(appliance, alice, device, messages):
    with MqttDevice(appliance, device.token) as client:
        client.publish(messages)
    (key, value), *_ = messages[-1]["values"].items()
    newest = [messages[-1]["ts"], value]
    # The chart's points are stored up to a second after what /api/data has.
    eventually(lambda: newest in alice.history(device, key, newest[0]), 20, "it is stored")


@pytest.fixture
def history(appliance, alice, device):
    """Return a device with an hour of temperatures, with a spike and a gap of 20 minutes."""
    minutes = [*range(60, 40, -1), *range(20, 0, -1)]
    start = now_ms()
    messages = [
        {
            "ts": start - ago * MINUTE_MS,
            "values": {"temperature": SPIKE if ago == 50 else 20 + ago % 5, "state": "running"},
        }
        for ago in minutes
    ]
    send(appliance, alice, device, messages)
    return device


def open_history(open_page, alice, device, query="", **options):
    page = open_page(alice, f"/devices/{device.id}{query}", **options)
    expect(page.locator("#chart-text")).to_contain_text("1 point =")
    return page


def drag(page, start, end):
    """Zoom the chart by dragging over it between two shares of its width."""
    box = page.locator("#chart .u-over").bounding_box()
    middle = box["y"] + box["height"] / 2
    page.mouse.move(box["x"] + start * box["width"], middle)
    page.mouse.down()
    page.mouse.move(box["x"] + (start + end) / 2 * box["width"], middle)
    page.mouse.move(box["x"] + end * box["width"], middle)
    page.mouse.up()
    page.wait_for_url(re.compile("from="))


def span_of(page):
    found = re.search(r"from=(\d+)&to=(\d+)", page.url)
    return (int(found[1]), int(found[2])) if found else None


def last_value(page):
    """Move the cursor to the last point and return what a screen reader says of it."""
    page.locator("#chart").press("End")
    return page.locator("#chart").get_attribute("aria-valuetext")


def pressed(page):
    return page.locator("#ranges [aria-pressed=true]")


@DESKTOP_FIRST
def test_the_chart_keeps_its_range_and_keys_in_the_url(open_page, alice, history, look):
    page = open_history(open_page, alice, history)
    expect(page.get_by_role("checkbox", name="temperature")).to_be_checked()
    expect(page.get_by_role("checkbox", name="state")).not_to_be_checked()

    page.get_by_role("button", name="1 hour").click()
    page.get_by_role("checkbox", name="state").check()

    page.wait_for_url(re.compile("range=1h&key=temperature&key=state"))
    page = open_page(alice, page.url)
    expect(page.get_by_role("button", name="1 hour")).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("checkbox", name="state")).to_be_checked()
    expect(page.locator("#chart-text")).to_contain_text(POINT_OF_AN_HOUR[look])


@DESKTOP_FIRST
def test_back_undoes_a_zoom(open_page, alice, history, look):
    page = open_history(open_page, alice, history, "?range=1h")

    drag(page, 0.1, 0.3)

    expect(page.locator("#chart-text")).to_contain_text(POINT_OF_12_MINUTES[look])
    first, last = span_of(page)
    assert 10 * MINUTE_MS < last - first < 14 * MINUTE_MS
    expect(pressed(page)).to_have_count(0)
    page.go_back()
    expect(pressed(page)).to_have_text("1 h")
    expect(page.locator("#chart-text")).to_contain_text(POINT_OF_AN_HOUR[look])
    page.go_forward()
    expect(pressed(page)).to_have_count(0)
    assert span_of(page) == (first, last)


def test_the_buttons_zoom_and_move_without_a_mouse(open_page, alice, history):
    page = open_history(open_page, alice, history, f"?from={now_ms() - 3_600_000}&to={now_ms()}")
    before = span_of(page)

    for name in ("Zoom in", "Earlier"):
        url = page.url
        page.get_by_role("button", name=name).focus()
        page.keyboard.press("Enter")
        page.wait_for_url(lambda now, last=url: now != last)

    first, last = span_of(page)
    assert (last - first) / (before[1] - before[0]) == pytest.approx(0.5, abs=0.01)
    assert first == pytest.approx(before[0], abs=2)


@EACH_LOOK
def test_a_zoomed_chart_stands_still_and_live_returns(appliance, open_page, alice, history, look):
    page = open_history(open_page, alice, history, "?range=1h")
    drag(page, 0.5, 0.9)
    expect(page.locator("#chart-text")).to_contain_text("1 point =")
    zoomed = span_of(page)

    with MqttDevice(appliance, history.token) as client:
        client.publish({"temperature": 12.5})
    expect(page.locator("#tiles")).to_contain_text("12.5")

    assert span_of(page) == zoomed
    assert "12.5" not in last_value(page)
    page.get_by_role("button", name="Live").click()
    expect(page.locator("#chart-text")).to_contain_text(POINT_OF_10_MINUTES[look])
    expect(pressed(page)).to_have_text("Live")
    eventually(lambda: "12.5" in last_value(page), 20, "the new value is drawn")


def test_a_free_range_is_typed_in_the_zone_of_the_browser(open_page, alice, history):
    page = open_history(open_page, alice, history, timezone="Asia/Kolkata")
    expect(page.locator("#chart-text")).to_contain_text("Asia/")

    page.get_by_role("button", name="From … to …").click()
    page.fill("#free-from", "2026-03-01T05:30:00")
    page.fill("#free-to", "2026-02-01T05:30:00")
    page.locator("#free-form button").click()
    expect(page.locator("#free-error")).to_have_text("The start must be before the end.")
    page.fill("#free-to", "2026-03-02T05:30:00")
    page.locator("#free-form button").click()

    expect(page.locator("#chart-text")).to_contain_text("No values in this range.")
    assert span_of(page) == (1_772_323_200_000, 1_772_409_600_000)


def test_on_a_phone_nothing_is_wider_than_the_page(open_page, alice, history):
    page = open_history(open_page, alice, history, width=360)

    page.get_by_role("button", name="From … to …").click()
    page.get_by_text("Values as a table").click()
    expect(page.locator("#table-body")).to_contain_text(str(SPIKE))

    assert not is_wider_than_the_screen(page)


@DESKTOP_FIRST
def test_an_empty_range_leads_to_the_last_value(appliance, open_page, alice, device):
    send(appliance, alice, device, [{"ts": now_ms() - 3 * DAY_MS, "values": {"temperature": 21.5}}])
    page = open_page(alice, f"/devices/{device.id}")
    expect(page.locator("#chart-text")).to_have_text(
        "No values in this range. Last value 3 days ago."
    )

    page.get_by_role("button", name="Show it").click()

    expect(page.locator("#chart-text")).to_contain_text("1 point =")
    page.locator("#chart").focus()
    page.keyboard.press("End")
    expect(page.locator("#chart")).to_have_attribute(
        "aria-valuetext", re.compile("temperature 21.5")
    )


def read_back_to(page, text):
    """Move the chart's cursor back from its end until the tooltip has the text."""
    page.locator("#chart").focus()
    page.keyboard.press("End")
    while int(page.locator("#chart").get_attribute("aria-valuenow")) > 0:
        if text in page.locator("#chart").get_attribute("aria-valuetext"):
            return
        page.keyboard.press("ArrowLeft")


@pytest.mark.parametrize("name", ["24 hours", "7 days", "30 days", "1 year"])
@DESKTOP_FIRST
def test_a_spike_of_one_value_stays_visible_at_every_range(open_page, alice, history, name):
    page = open_history(open_page, alice, history, "?range=1h")

    with page.expect_response("**/readings?*") as fetched:
        page.get_by_role("button", name=name).click()
    expect(page.locator("#chart-text")).to_contain_text("1 point =")
    read_back_to(page, f"to {SPIKE})")

    expect(page.locator("#chart .u-legend")).to_contain_text(f"to {SPIKE})")
    page.get_by_text("Values as a table").click()
    expect(page.locator("#table-body")).to_contain_text(str(SPIKE))
    requested = int(re.search(r"points=(\d+)", fetched.value.url)[1])
    assert requested <= 2 * page.locator("#chart").bounding_box()["width"]


@pytest.mark.parametrize(
    ("range_", "shares", "drawn"),
    [
        ("1h", [0.2, 0.4, 0.5, 0.6, 0.8], [True, False, False, False, True]),
        ("24h", [0.965, 0.979, 0.993], [True, False, True]),
    ],
)
@DESKTOP_FIRST
def test_an_outage_is_not_drawn_and_stays_so_after_a_refresh(
    open_page, alice, history, range_, shares, drawn
):
    page = open_history(open_page, alice, history, f"?range={range_}")
    eventually(lambda: page.evaluate(LINE_AT, shares) == drawn, 10, "the outage is a gap")

    page.reload()
    expect(page.locator("#chart-text")).to_contain_text("1 point =")

    eventually(lambda: page.evaluate(LINE_AT, shares) == drawn, 10, "the outage is still a gap")


def test_the_line_of_a_device_that_sends_rarely_is_whole_from_edge_to_edge(
    appliance, open_page, alice, device
):
    start = now_ms()
    levels = {70: 500, 40: 4, 10: 6}  # the first is before the chart, and far above the others
    messages = [
        {"ts": start - ago * MINUTE_MS, "values": {"level": level}} for ago, level in levels.items()
    ]
    send(appliance, alice, device, messages)

    page = open_history(open_page, alice, device, "?range=1h")

    shares = [0.02, 0.2, 0.5, 0.8]
    eventually(lambda: page.evaluate(LINE_AT, shares) == [True] * 4, 10, "the line is whole")


@EACH_LOOK
def test_the_tooltip_stays_while_values_arrive(appliance, open_page, alice, history):
    until = now_ms()
    page = open_history(open_page, alice, history, f"?from={until - HOUR_MS}&to={until}")
    box = page.locator("#chart .u-over").bounding_box()
    page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + box["height"] / 2)
    legend = page.locator("#chart .u-legend")
    expect(legend).to_contain_text(re.compile(r"temperature:?\s*2\d"))
    before = legend.inner_text()

    with SteadySender(appliance, [history]) as sender:
        sender.wait_for(10)
        expect(page.locator("#tiles")).not_to_contain_text("21")

    expect(page.locator("#chart .u-cursor-x")).to_be_visible()
    assert legend.inner_text() == before


def test_the_keyboard_moves_the_cursor(open_page, alice, history):
    page = open_history(open_page, alice, history, "?range=1h")
    chart = page.locator("#chart")
    chart.focus()

    page.keyboard.press("End")
    page.keyboard.press("ArrowLeft")

    expect(chart).to_have_attribute("aria-valuetext", re.compile("temperature 22"))
    last = int(chart.get_attribute("aria-valuemax"))
    expect(chart).to_have_attribute("aria-valuenow", str(last - 1))
    expect(page.locator("#chart .u-legend")).to_contain_text("22")
    page.keyboard.press("Home")
    expect(chart).to_have_attribute("aria-valuenow", "0")


def swipe_up(page, selector, pixels):
    """Put a finger on the middle of the element and move it up."""
    box = page.locator(selector).bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    cdp = page.context.new_cdp_session(page)
    for kind, moved in [
        ("touchStart", 0),
        *(("touchMove", at) for at in range(10, pixels + 1, 10)),
    ]:
        touch = {"type": kind, "touchPoints": [{"x": x, "y": y - moved}]}
        cdp.send("Input.dispatchTouchEvent", touch)
    cdp.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def test_a_finger_that_starts_on_the_chart_scrolls_the_page(open_page, alice, history):
    page = open_history(open_page, alice, history, width=390, touch=True)
    page.locator("#chart").scroll_into_view_if_needed()
    before = page.evaluate("window.scrollY")

    swipe_up(page, "#chart .u-over", 200)

    eventually(lambda: page.evaluate("window.scrollY") > before + 100, 5, "the page scrolls")
    assert span_of(page) is None


def test_what_the_chart_shows_can_be_downloaded(open_page, alice, history):
    page = open_history(open_page, alice, history)

    page.get_by_role("button", name="Export CSV").click()
    expect(page.get_by_role("progressbar", name="Progress of the export")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("link", name="download the CSV").click()

    lines = download.value.path().read_text().splitlines()
    assert re.search("temperature", "\n".join(lines[:3]))
    assert len(lines) >= 41


def test_without_a_key_there_is_nothing_to_export(open_page, alice, history):
    page = open_history(open_page, alice, history)
    page.get_by_role("checkbox", name="temperature").uncheck()
    expect(page.locator("#chart-text")).to_have_text("Choose a key.")

    page.get_by_role("button", name="Export CSV").click()

    expect(page.locator("#export-text")).to_contain_text("Choose a key above")
