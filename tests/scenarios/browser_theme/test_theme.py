"""The story of light and dark: a page follows the system until somebody chooses, and never flashes.

Point 24 of what a browser must do.
"""

import pytest
from playwright.sync_api import expect

from tests.harness.browser import visit
from tests.harness.deadline import eventually
from tests.harness.mqtt_device import MqttDevice
from tests.harness.pages import EACH_LOOK

DARK = "html[data-bs-theme=dark]"
# Once there is something to paint.
NOTE_FIRST_PAINT = """
new MutationObserver((_changes, observer) => {
  if (!document.querySelector(".page")) return;
  window.firstPaint = document.documentElement.dataset.bsTheme ?? "";
  observer.disconnect();
}).observe(document, { childList: true, subtree: true });
"""
NOTE_COLOURS = """
window.colours = new Set();
const {fillText} = CanvasRenderingContext2D.prototype;
CanvasRenderingContext2D.prototype.fillText = function (...drawn) {
  window.colours.add(this.fillStyle);
  return fillText.apply(this, drawn);
};
"""
COLOURS = "[...window.colours]"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_first_paint_has_the_theme_of_the_system_and_follows_it(open_page, alice, theme):
    page = open_page(alice, "/devices", theme=theme, script=NOTE_FIRST_PAINT)
    is_dark = theme == "dark"

    assert (page.evaluate("window.firstPaint") == "dark") is is_dark
    expect(page.locator(DARK)).to_have_count(int(is_dark))
    page.emulate_media(color_scheme="light" if is_dark else "dark")
    expect(page.locator(DARK)).to_have_count(int(not is_dark))


@EACH_LOOK
def test_the_chosen_theme_survives_a_reload(open_page, alice):
    page = open_page(alice, "/account", script=NOTE_FIRST_PAINT)

    page.get_by_role("button", name="Theme: system").click()
    page.get_by_role("button", name="Theme: light").click()
    visit(page, page.url)

    assert page.get_by_role("button", name="Theme: dark").is_visible()
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
    assert page.evaluate("window.firstPaint") == "dark"


@EACH_LOOK
def test_the_chart_changes_its_colours_without_a_reload(appliance, open_page, alice, look):
    device = alice.new_device()
    with MqttDevice(appliance, device.token) as client:
        client.publish({"temperature": 21.5})
    page = open_page(alice, f"/devices/{device.id}?range=live", script=NOTE_COLOURS)
    expect(page.locator("#chart-text")).to_contain_text("1 point =")
    eventually(lambda: page.evaluate(COLOURS), 10, "the axis is drawn")
    before = page.evaluate(COLOURS)

    page.emulate_media(color_scheme="light" if look.theme == "dark" else "dark")

    eventually(lambda: set(page.evaluate(COLOURS)) - set(before), 10, "the axis has another colour")
    assert page.locator("#device-status").inner_text() == "Online"
