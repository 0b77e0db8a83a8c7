"""Every page obeys the content security policy and fits a phone, in both themes."""

import pytest

from tests.harness.mqtt_device import MqttDevice

PAGES = [
    "devices", "device", "new device", "connect", "import", "unregistered", "people", "changes",
    "backups", "account", "docs", "login", "welcome",
]  # fmt: skip
LONG = "<img src=x onerror=alert(1)>" + "Schwimmbadpumpenraum" * 4


@pytest.fixture(scope="module")
def device(appliance, admin):
    """Return a device with everything that a page may show and a hostile name."""
    made = admin.new_device(LONG, tags=["<b>cellar</b>"])
    with MqttDevice(appliance, made.token) as client:
        client.publish({"temperature": 21.5, "<i>key</i>": LONG})
        client.publish("not JSON <script>")
    return made


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_loads_fits_and_has_the_theme(open_page, admin, device, name, width, theme):
    paths = {
        "device": f"/devices/{device.id}",
        "new device": "/devices/new",
        "connect": f"/devices/new?device={device.id}",
        "import": "/devices/import",
        "docs": "/api/docs",
    }

    page = open_page(
        admin,
        paths.get(name, f"/{name}"),
        width=width,
        theme=theme,
        sign_in=name not in ("login", "welcome"),
    )
    page.wait_for_load_state("load")
    page.locator("h1").first.wait_for()

    wider = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    assert page.evaluate(wider) <= 0
    is_dark = page.evaluate("document.documentElement.dataset.bsTheme === 'dark'")
    assert is_dark == (theme == "dark")


def test_a_name_and_a_value_that_look_like_html_are_text(open_page, admin, device):
    page = open_page(admin, f"/devices/{device.id}")

    page.locator("#latest td", has_text="<i>key</i>").wait_for()
    page.locator("#rejected td", has_text="not JSON <script>").first.wait_for()
    assert page.locator("#device-name").inner_text() == LONG
    assert page.locator("main img").count() == 0


def test_an_error_page_links_back_to_the_devices(open_page, admin):
    page = open_page(admin, "/devices/nothing", tolerated="404")

    page.get_by_role("link", name="Back to your devices").click()

    page.wait_for_url("**/devices")


def test_the_chosen_theme_survives_a_reload(open_page, admin):
    page = open_page(admin, "/account", theme="light")

    page.get_by_role("button", name="Theme: system").click()
    page.get_by_role("button", name="Theme: light").click()
    page.reload()

    assert page.get_by_role("button", name="Theme: dark").is_visible()
    assert page.evaluate("document.documentElement.dataset.bsTheme") == "dark"
