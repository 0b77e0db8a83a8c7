"""The story of the picture in README.md: it shows the page of a device as it is now.

Beside the picture, docs/device.txt has what the page said to a screen reader when it was taken,
without the numbers. When the page says something else the picture is outdated, and `make picture`
takes both again.
"""

import math
import os
import random
import re
import struct
import time

import pytest
from playwright.sync_api import expect

from tests.harness.deadline import eventually
from tests.harness.docker import ROOT
from tests.harness.mqtt_device import MqttDevice
from tests.harness.people import new_person

PICTURE, WORDS = ROOT / "docs" / "device.png", ROOT / "docs" / "device.txt"
SIZE = {"width": 1280, "height": 830}
SHOWN = ["nav", "#device > .qlines-head", "#tiles", "section[aria-labelledby=chart-title]"]
NUMBER = re.compile(r"\d+([.,:]\d+)*")
TIME = re.compile(r"now|# (second|minute)s? ago|[A-Z][a-z]{2} #, #, # [AP]M")
EVERY_SECONDS, DAY_SECONDS = 40, 86_400
OUTAGE = (0.78, 0.86)  # as shares of the day
SPIKE = 0.46
DISPLAYS = {
    "temperature": {"label": "Water temperature", "unit": "°C"},
    "pressure": {"label": "Pressure", "unit": "hPa"},
    "humidity": {"label": "Humidity", "unit": "%"},
}
MESSAGES_AT_ONCE = 300


def day_of_values(now_ms):
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
            messages.append({"ts": now_ms - ago * 1000, "values": values})
    return messages


@pytest.fixture
def page(appliance, open_page):
    """Return the page of a pump that has sent for a day, as the picture shows it."""
    owner = new_person(appliance, "operator")
    device = owner.new_device("Pump 7, cellar", tags=["cellar"])
    path = f"/api/devices/{device.id}"
    assert owner.api.patch(path, json={"displays": DISPLAYS}).status_code == 200
    messages = day_of_values(round(time.time() * 1000))
    with MqttDevice(appliance, device.token) as client:
        for first in range(0, len(messages), MESSAGES_AT_ONCE):
            client.publish(messages[first : first + MESSAGES_AT_ONCE])
        newest = messages[-1]["values"]["pressure"]
        eventually(lambda: owner.value(device, "pressure") == newest, 30, "the day is stored")
        page = open_page(
            owner, f"/devices/{device.id}?key=temperature&key=pressure", timezone="UTC"
        )
        page.set_viewport_size(SIZE)
        expect(page.locator("#live-state")).to_have_text("Live")
        expect(page.locator("#chart-text")).to_contain_text("1 point =")
        box = page.locator("#chart .u-over").bounding_box()
        page.mouse.move(box["x"] + 0.6 * box["width"], box["y"] + box["height"] / 2)
        expect(page.locator("#chart .u-legend")).to_contain_text("hPa (")
        yield page


def words(page):
    """Return what a screen reader finds in the picture, without numbers and times."""
    text = "\n".join(page.locator(part).aria_snapshot() for part in SHOWN)
    return TIME.sub("some time", NUMBER.sub("#", text)) + "\n"


def test_the_picture_shows_the_page_as_it_is_now(page):
    if os.environ.get("QLINES_TAKE_PICTURE"):
        page.screenshot(path=PICTURE)
        WORDS.write_text(words(page))

    assert words(page) == WORDS.read_text(), "docs/device.png is outdated: run `make picture`"
    width, height = struct.unpack(">II", PICTURE.read_bytes()[16:24])
    assert (width, height) == (SIZE["width"], SIZE["height"])
    assert "](docs/device.png)" in (ROOT / "README.md").read_text()
