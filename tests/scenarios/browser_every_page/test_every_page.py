"""The story of every page: it obeys its security policy, fits a phone, and anyone can use it.

Each page and dialog, on a desktop and a phone, light and dark: axe-core finds nothing, with targets
of at least 24 px; nothing is logged (harness/pages.py).

Points 3, 17 and 19 of what a browser must do.
"""

import re

import pytest
import requests
from playwright.sync_api import expect

from tests.harness.axe import violations
from tests.harness.mqtt_device import MqttDevice
from tests.harness.pages import DESKTOP, PHONE, is_wider_than_the_screen

PAGES = [
    "devices", "device", "new device", "connect", "import", "unregistered", "people", "changes",
    "backups", "system", "account", "docs", "login", "welcome", "error",
]  # fmt: skip
DIALOGS = [
    ("device", "^Remove device$"),
    ("device", "^Labels and units$"),
    ("unregistered", "^Register "),
    ("people", "^Disable "),
]
WIDTHS, THEMES = (DESKTOP.width, PHONE.width), ("light", "dark")
LONG = "<img src=x onerror=alert(1)>" + "Schwimmbadpumpenraum" * 4


@pytest.fixture(scope="module")
def device(appliance, admin):
    """Return a device with everything that a page may show and a hostile name."""
    made = admin.new_device(LONG, tags=["<b>cellar</b>"])
    with MqttDevice(appliance, made.token) as client:
        client.publish({"temperature": 21.5, "<i>key</i>": LONG})
        client.publish("not JSON <script>")
    unknown = appliance.url(f"/api/v1/unknown-{'x' * 50}/telemetry")
    requests.post(unknown, data='{"a": 1}', timeout=10)
    return made


@pytest.fixture
def show(open_page, admin, device):
    """Return a function that opens a page at a width, once it is loaded."""

    def show_page(name, width):
        paths = {
            "device": f"/devices/{device.id}",
            "new device": "/devices/new",
            "connect": f"/devices/new?device={device.id}",
            "import": "/devices/import",
            "docs": "/api/docs",
            "error": "/devices/none",
        }
        is_public = name in ("login", "welcome")
        page = open_page(
            admin,
            paths.get(name, f"/{name}"),
            width=width,
            sign_in=not is_public,
            tolerated="404" if name == "error" else (),
        )
        page.wait_for_load_state("load")
        page.locator("h1").first.wait_for()
        expect(page.get_by_text("Loading…")).to_have_count(0)
        expect(page.locator("[aria-busy=true]")).to_have_count(0)
        return page

    return show_page


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_and_everybody_can_use_it_in_both_themes(show, name, width):
    page = show(name, width)

    assert not is_wider_than_the_screen(page)
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        expect(page.locator("html[data-bs-theme=dark]")).to_have_count(int(theme == "dark"))
        assert violations(page) == [], f"{name} at {width}, {theme}"


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(("name", "button"), DIALOGS)
def test_a_dialog_fits_and_everybody_can_use_it_in_both_themes(show, name, button, width):
    page = show(name, width)

    page.get_by_role("button", name=re.compile(button)).first.click()
    page.locator("dialog[open]").wait_for()

    assert not is_wider_than_the_screen(page)
    for theme in THEMES:
        page.emulate_media(color_scheme=theme)
        assert violations(page, "dialog[open]") == [], f"{name} at {width}, {theme}"


def test_an_error_page_links_back_to_the_devices(open_page, admin):
    page = open_page(admin, "/devices/nothing", tolerated="404")

    page.get_by_role("link", name="Back to your devices").click()

    page.wait_for_url("**/devices")


@pytest.mark.parametrize("path", ["/devices", "/login", "/api/docs", "/devices/none"])
def test_the_policy_allows_nothing_inline_and_nothing_from_elsewhere(admin, path):
    answer = admin.browser().get(path)

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
