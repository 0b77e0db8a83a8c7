"""The story of the picture in README.md: it shows the page of a device as it is now.

The page is shown again at the moment of the picture, and is compared with it. Beside the picture,
docs/device.txt has what the page says to a screen reader. When the page looks different or says
something else the picture is outdated, and `make picture` takes both again.
"""

import math
import os
import random
import re
from datetime import UTC, datetime
from email.utils import format_datetime

import pytest
from playwright.sync_api import expect

from qlines.clock import SystemClock
from tests.harness.browser import visit
from tests.harness.deadline import eventually
from tests.harness.docker import ROOT
from tests.harness.mqtt_device import MqttDevice
from tests.harness.people import new_person
from tests.harness.picture import changed_places, squares_of

PICTURE, WORDS = ROOT / "docs" / "device.png", ROOT / "docs" / "device.txt"
OUTDATED = "docs/device.png is outdated: run `make picture`"
SIZE = {"width": 1280, "height": 830}
SHOWN = ["nav", "#device > .qlines-head", "#tiles", "section[aria-labelledby=chart-title]"]
MOMENT = datetime(2026, 11, 27, 15, 0, tzinfo=UTC)  # of the picture
MILLISECONDS = re.compile(r"\b\d{13}\b")
EVERY_SECONDS, DAY_SECONDS, DAY_MS = 40, 86_400, 86_400_000
OUTAGE = (0.78, 0.86)  # as shares of the day
SPIKE = 0.46
DISPLAYS = {
    "temperature": {"label": "Water temperature", "unit": "°C"},
    "pressure": {"label": "Pressure", "unit": "hPa"},
    "humidity": {"label": "Humidity", "unit": "%"},
}
MESSAGES_AT_ONCE = 300
# Styles of one part of the page: those that somebody would see, and what only smooths letters.
CHANGES = {
    "a tile is missing": ("#tiles li", "visibility", "hidden"),
    "a card is lower": ("main section.card", "marginTop", "4px"),
    "a button is missing": ("#free", "visibility", "hidden"),
    "a line is missing": ("#chart canvas", "visibility", "hidden"),
    "a badge has another place": ("#live-state", "marginLeft", "12px"),
    "a word has another size": ("#device-name", "fontSize", "110%"),
}
SMOOTHING = ("body", "filter", "blur(0.8px)")
STYLE = "([part, name, value]) => (document.querySelector(part).style[name] = value)"


def day_of_values(end_ms):
    """Return a day of messages with an outage and a spike; the same values each time."""
    noise = random.Random(7)
    messages = []
    for ago in range(DAY_SECONDS, 0, -EVERY_SECONDS):
        share = 1 - ago / DAY_SECONDS
        wave = math.cos(2 * math.pi * share)
        is_spike = abs(share - SPIKE) * DAY_SECONDS < EVERY_SECONDS / 2
        values = {
            "temperature": 48.5 if is_spike else round(20 + 4 * wave + noise.gauss(0, 0.2), 2),
            "pressure": round(1012 + 6 * share + noise.gauss(0, 0.6), 1),
            "humidity": round(50 + noise.gauss(0, 1), 1),
            "is_on": True,
            "state": "running",
        }
        if not OUTAGE[0] < share < OUTAGE[1]:
            messages.append({"ts": end_ms - ago * 1000, "values": values})
    return messages


def days_since_the_picture():
    """Return the milliseconds of whole days: readings of the picture itself may be too old now."""
    passed = SystemClock().now_us() // 1000 - round(MOMENT.timestamp() * 1000)
    return passed // DAY_MS * DAY_MS


def show_at_the_moment(page, later_ms):
    """Let the page live at MOMENT, with the times that the server has *later_ms* later."""

    def moved(text, by_ms):
        return MILLISECONDS.sub(lambda found: str(int(found[0]) + by_ms), text)

    def answer(route):
        response = route.fetch(url=moved(route.request.url, later_ms))
        headers = {**response.headers, "date": format_datetime(MOMENT, usegmt=True)}
        body = moved(response.text(), -later_ms)
        route.fulfill(status=response.status, headers=headers, body=body)

    page.clock.set_fixed_time(MOMENT)
    page.route("**/api/**", answer)


@pytest.fixture
def page(appliance, open_page):
    """Return the page of a pump that has sent for a day, as the picture shows it."""
    owner = new_person(appliance, "operator")
    device = owner.new_device("Pump 7, cellar", tags=["cellar"])
    path = f"/api/devices/{device.id}"
    assert owner.api.patch(path, json={"displays": DISPLAYS}).status_code == 200
    later_ms = days_since_the_picture()
    messages = day_of_values(round(MOMENT.timestamp() * 1000) + later_ms)
    with MqttDevice(appliance, device.token) as client:
        for first in range(0, len(messages), MESSAGES_AT_ONCE):
            client.publish(messages[first : first + MESSAGES_AT_ONCE])
        newest = messages[-1]["values"]["pressure"]
        eventually(lambda: owner.value(device, "pressure") == newest, 30, "the day is stored")
        page = open_page(owner, "/account", timezone="UTC")
        page.set_viewport_size(SIZE)
        show_at_the_moment(page, later_ms)
        visit(page, f"/devices/{device.id}?key=temperature&key=pressure")
        expect(page.locator("#live-state")).to_have_text("Live")
        expect(page.locator("#chart-text")).to_contain_text("1 point =")
        box = page.locator("#chart .u-over").bounding_box()
        page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + box["height"] / 2)
        expect(page.locator("#chart .u-legend")).to_contain_text("hPa (")
        yield page
        # An answer that is just being moved is gone with the page, which fails the next test.
        page.unroute_all(behavior="ignoreErrors")


def words(page):
    """Return what a screen reader finds in the picture."""
    return "\n".join(page.locator(part).aria_snapshot() for part in SHOWN) + "\n"


def test_the_picture_shows_the_page_as_it_is_now(page):
    if os.environ.get("QLINES_TAKE_PICTURE"):
        page.screenshot(path=PICTURE)
        WORDS.write_text(words(page))

    assert words(page) == WORDS.read_text(), OUTDATED
    picture, now = (squares_of(page, png) for png in (PICTURE.read_bytes(), page.screenshot()))
    assert changed_places(picture, now) == [], OUTDATED
    assert "](docs/device.png)" in (ROOT / "README.md").read_text()


def test_a_change_of_the_page_is_seen_and_smoother_letters_are_not(page):
    before = squares_of(page, page.screenshot())

    def changed_by(part, name, value):
        page.evaluate(STYLE, [part, name, value])
        after = squares_of(page, page.screenshot())
        page.evaluate(STYLE, [part, name, ""])
        return changed_places(before, after)

    found = {what: bool(changed_by(*style)) for what, style in CHANGES.items()}

    assert found == dict.fromkeys(CHANGES, True)
    assert changed_by(*SMOOTHING) == []
