"""The story of every page: it obeys its security policy, fits a phone, and anyone can use it.

Each page on a phone and on a larger screen, light and dark; each dialog, and whatever else is
opened on a page, on a phone in dark and on a larger screen in light: axe-core finds nothing, with
targets of at least 24 px; nothing is logged (harness/pages.py).

Points 3, 17 and 19 of what a browser must do.
"""

import gzip
import itertools
import re
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
import requests
from playwright.sync_api import Error, expect

from qlines.messengers.mail_links import MailLinks
from tests.harness.axe import violations
from tests.harness.deadline import eventually
from tests.harness.mqtt_device import MqttDevice
from tests.harness.pages import DESKTOP, HEIGHT, PHONE, is_wider_than_the_screen

PAGES = [
    "devices", "device", "new device", "connect", "import", "claim", "alarms", "alarm",
    "alarm-rules", "new rule", "rule", "products", "product", "waiting", "unregistered", "people",
    "changes", "backups", "system", "account", "calls", "notifications", "new ntfy", "new telegram",
    "channel", "confirm address", "unsubscribe", "demo mail", "help", "docs", "login", "welcome",
    "error",
]  # fmt: skip
DIALOGS = [
    ("device", "^Remove device$"),
    ("device", "^Labels and units$"),
    ("device", "^Edit controls$"),
    ("device", "^Set a desired value$"),
    ("unregistered", "^Register "),
    ("alarm", "^Clear…$"),
    ("rule", "^Remove rule$"),
    ("product", "^Generate new key$"),
    ("people", "^Disable "),
    ("channel", "^Remove$"),
]


def import_file(page, text):
    file = {"name": "d.csv", "mimeType": "text/csv", "buffer": text.encode()}
    page.set_input_files("#file", file)
    page.locator("#import-actions").wait_for()


def press(name):
    return lambda page: page.get_by_role("button", name=re.compile(name)).first.click()


def open_part(name):
    return lambda page: page.locator("summary", has_text=name).first.click()


def select_all(page):
    page.locator("[data-select-page]").check()


def ask_to_remove_all(page):
    select_all(page)
    page.locator("#bulk-remove").click()
    page.locator("dialog[open]").wait_for()


def send_without_json(page):
    page.locator("#free-command summary").click()
    page.fill("#free-command-method", "open")
    page.fill("#free-command-params", "{open}")
    page.get_by_role("button", name="Send command").click()
    page.locator("#free-command-error").wait_for()


def press_a_button(page):
    page.locator("#controls").get_by_role("button", name=LONG[:20]).first.click()
    page.locator("#controls .badge").first.wait_for()


def define_a_form(page):
    press("^Edit controls$")(page)
    press("^Add control$")(page)
    page.select_option("#control-kind", "form")
    press("^Add parameter$")(page)


def ask_what_to_send(page):
    select_all(page)
    page.locator("#bulk-command").click()
    page.locator("#send-dialog").wait_for()


def send_to_all(page):
    ask_what_to_send(page)
    page.select_option("#send-what", "")
    page.fill("#send-method", "open")
    page.locator("#send-submit").click()
    page.locator("#send-results .badge").first.wait_for()


def say_more_of_a_rule(page):
    page.locator("#advanced summary").click()
    for box in ("#schedule-on", "#escalation-on", "#attributes-on"):
        page.locator(box).check()
    for words in ("outside", "rate", "equals"):
        press("^Add a condition$")(page)
        page.get_by_label("What must be true").last.select_option(words)
    press("^Add a severity$")(page)


def rename(page):
    page.locator("#name").press("End")
    page.keyboard.type("!")
    page.get_by_role("button", name="Save").click()
    page.locator(".qlines-toast").wait_for()


def sign_in_wrongly(page):
    page.fill("#email", "nobody@example.com")
    page.fill("#password", "wrong")
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("alert").wait_for()


# What a page shows after something was done on it.
STATES = {
    "columns": ("devices", open_part("Columns")),
    "more": ("devices", open_part("More")),
    "bell": ("devices", lambda page: page.locator("#bell").click()),
    "selected": ("devices", select_all),
    "removal": ("devices", ask_to_remove_all),
    "selected alarms": ("alarms", select_all),
    "no alarm": ("no alarm", lambda page: page.locator("#empty-clear").wait_for()),
    "more of a rule": ("new rule", say_more_of_a_rule),
    "no match": ("no device", lambda page: page.locator("#empty-clear").wait_for()),
    "free range": ("device", press("^From … to …")),
    "table": ("device", open_part("Values as a table")),
    "token": ("device", lambda page: page.locator("#token-show").click()),
    "new token": ("device", press("^Generate new token")),
    "toast": ("device", rename),
    "bad command": ("device", send_without_json),
    "pressed": ("device", press_a_button),
    "new control": ("device", define_a_form),
    "what to send": ("devices", ask_what_to_send),
    "sent to all": ("devices", send_to_all),
    "preview": ("import", lambda page: import_file(page, "name,tags\npump,cellar\n")),
    "errors": ("import", lambda page: import_file(page, "name,gateway\npump,perhaps\n")),
    "wrong password": ("login", sign_in_wrongly),
}
# Of all that a first visit of a page loads.
MAX_COMPRESSED_BYTES = 400_000
# A page is loaded as on a phone, then gets more room: to load it again takes most of the time.
LOOKS, WIDTHS, THEMES = (PHONE, DESKTOP), (PHONE.width, DESKTOP.width), ("light", "dark")
LONG = "<img src=x onerror=alert(1)>" + "Schwimmbadpumpenraum" * 4


def add_controls(person, device):
    """Add a control of each kind, with long names and what looks like HTML."""
    number = {"type": "number", "name": LONG[:64], "min": 0, "max": 100, "unit": "<i>%</i>"}
    form = [
        number,
        {"type": "choice", "name": "b", "choices": [LONG]},
        {"type": "text", "name": "c"},
    ]
    kinds = {"button": [], "switch": [{"type": "bool"}], "slider": [number], "form": form}
    for kind, parameters in kinds.items():
        body = {"label": LONG[:64], "method": LONG, "kind": kind, "parameters": parameters}
        answer = person.api.post("/api/controls", json={**body, "device": device.id})
        assert answer.status_code == 201, answer.text


@pytest.fixture(scope="module")
def device(appliance, admin):
    """Return a device with everything that a page may show and a hostile name."""
    made = admin.new_device(LONG, tags=["<b>cellar</b>"])
    with MqttDevice(appliance, made.token) as client:
        client.publish({"temperature": 21.5, "<i>key</i>": LONG})
        client.publish("not JSON <script>")
    add_controls(admin, made)
    unknown = appliance.url(f"/api/v1/unknown-{'x' * 50}/telemetry")
    requests.post(unknown, data='{"a": 1}', timeout=10)
    return made


@pytest.fixture(scope="module")
def product(appliance, admin):
    """Return the id of a product with a hostile name, of which a device waits for approval."""
    body = {"name": LONG, "quarantine": True}
    made = admin.api.post("/api/products", json=body).json()
    asked = {
        "deviceName": f"{LONG[:100]} 2",
        "provisionDeviceKey": made["key"],
        "provisionDeviceSecret": made["secret"],
    }
    answer = requests.post(appliance.url("/api/v1/provision"), json=asked, timeout=10)
    assert answer.json()["status"] == "SUCCESS", answer.text
    return made["id"]


@pytest.fixture(scope="module")
def alarm(appliance, admin, device):
    """Return an alarm of the device, of a rule with a hostile name."""
    level = {"conditions": [{"kind": "above", "key": "temperature", "limit": 80, "clear": 75}]}
    rule = {
        "name": LONG[:100],
        "scope": {"type": "device", "value": device.id},
        "levels": [{"severity": "major", **level}],
    }
    answer = admin.api.post("/api/alarm-rules", json=rule)
    assert answer.status_code == 201, answer.text
    with MqttDevice(appliance, device.token) as client:
        client.publish({"temperature": 90})

    def found():
        return admin.api.document("/api/alarms", rule=answer.json()["id"])["items"]

    return eventually(found, 30, "the rule has an alarm")[0]


@pytest.fixture(scope="module")
def channel(admin):
    """Return the id of a channel with a hostile name, to which a test was sent."""
    settings = {"url": f"https://example.com/{'x' * 200}"}
    body = {"name": LONG[:100], "type": "webhook", "settings": settings, "default": False}
    made = admin.api.post("/api/channels", json=body).json()
    admin.api.post(f"/api/channels/{made['id']}/test")
    return made["id"]


@pytest.fixture(scope="module")
def mail_links(appliance, admin):
    """Return the paths of the pages that links in a mail open, by the names in PAGES."""
    address = f"{'x' * 60}@example.com"
    body = {"name": LONG[:100], "type": "email", "settings": {"address": address}}
    made = admin.api.post("/api/channels", json={**body, "default": False})
    assert made.status_code == 201, made.text
    links = MailLinks(appliance.secret("secret_key"), "https://devices.example.com")
    made_links = {
        "confirm address": links.confirm(made.json()["id"], address, datetime.now(UTC)),
        "unsubscribe": links.stop(made.json()["id"], address),
    }
    return {name: link.removeprefix(links.public_url) for name, link in made_links.items()}


@pytest.fixture
def show(open_page, admin, device, product, alarm, channel, mail_links):
    """Return a function that opens a page at a width, once it is loaded."""

    def show_page(name, width):
        paths = {
            "device": f"/devices/{device.id}",
            "new device": "/devices/new",
            "connect": f"/devices/new?device={device.id}",
            "import": "/devices/import",
            "calls": "/account/calls",
            "notifications": "/account/notifications",
            "new ntfy": "/account/notifications/new/ntfy",
            "new telegram": "/account/notifications/new/telegram",
            "channel": f"/account/notifications/{channel}",
            "demo mail": "/demo/mail",
            "help": "/help/alarms",
            "claim": f"/claim?{urlencode({'name': LONG, 'secret': LONG})}",
            "alarm": f"/alarms/{alarm['id']}",
            "new rule": f"/alarm-rules/new?{urlencode({'device': device.id, 'key': LONG})}",
            "rule": f"/alarm-rules/{alarm['rule']}",
            "no alarm": "/alarms?search=nothing-has-this-name",
            "product": f"/products/{product}",
            "waiting": "/products/waiting",
            "docs": "/api/docs",
            "error": "/devices/none",
            "no device": "/devices?search=nothing-has-this-name",
            **mail_links,
        }
        is_public = name in ("login", "welcome", *mail_links)
        page = open_page(
            admin,
            paths.get(name, f"/{name}"),
            width=width,
            sign_in=not is_public,
            tolerated={"error": "404", "login": "403"}.get(name, ()),
        )
        page.wait_for_load_state("load")
        page.locator("h1").first.wait_for()
        expect(page.get_by_text("Loading…")).to_have_count(0)
        expect(page.locator("[aria-busy=true]")).to_have_count(0)
        return page

    return show_page


# What turns for as long as the page waits does not end.
NOTHING_FADES = """() => document.getAnimations().every(
  ({effect, playState}) => playState !== "running" || effect.getTiming().iterations === Infinity)"""


def use_theme(page, theme):
    """Let the system ask for a theme; return once the page has all of its colours."""
    page.emulate_media(color_scheme=theme)
    expect(page.locator("html[data-bs-theme=dark]")).to_have_count(int(theme == "dark"))
    eventually(lambda: page.evaluate(NOTHING_FADES), 10, "nothing fades any more")


def use_width(page, width):
    """Give the page that width, and fail when it does not fit."""
    page.set_viewport_size({"width": width, "height": HEIGHT})
    eventually(lambda: not is_wider_than_the_screen(page), 5, f"it fits {width} px")


@pytest.mark.parametrize("name", PAGES)
def test_a_page_fits_and_everybody_can_use_it_at_each_width_in_both_themes(show, name):
    page = show(name, PHONE.width)

    for width, theme in itertools.product(WIDTHS, THEMES):
        use_width(page, width)
        use_theme(page, theme)
        assert violations(page) == [], f"{name} at {width}, {theme}"


@pytest.mark.parametrize(("name", "button"), DIALOGS)
def test_a_dialog_fits_and_everybody_can_use_it(show, name, button):
    page = show(name, PHONE.width)

    page.get_by_role("button", name=re.compile(button)).first.click()
    page.locator("dialog[open]").wait_for()

    for width, theme in LOOKS:
        use_width(page, width)
        use_theme(page, theme)
        assert violations(page, "dialog[open]") == [], f"at {width}, {theme}"


@pytest.mark.parametrize("state", STATES)
def test_what_is_opened_on_a_page_fits_and_everybody_can_use_it(show, state):
    name, do = STATES[state]
    page = show(name, PHONE.width)

    do(page)

    for width, theme in LOOKS:
        use_width(page, width)
        use_theme(page, theme)
        assert violations(page) == [], f"at {width}, {theme}"


def body_of(request):
    """Return what was loaded; None for what the page before had begun to load, and for sockets."""
    if "/socket.io/" in request.url or request.failure:
        return None
    answer = request.response()
    try:
        return answer.body() if answer and answer.status == 200 else None
    except Error as error:
        if "navigated away" not in str(error):
            raise
        return None  # the page before had just asked for it


@pytest.mark.parametrize("name", ["devices", "device", "connect", "rule", "system", "docs"])
def test_a_first_visit_loads_less_than_400_kb_compressed(show, name):
    page = show(name, DESKTOP.width)
    requests = []

    def note(request):  # Playwright takes no method of a list
        requests.append(request)

    def is_whole():
        """Chromium cancels requests when a network of the machine comes or goes."""
        requests.clear()
        page.reload()
        return not any(request.failure for request in requests)

    page.on("request", note)
    eventually(is_whole, 30, "the page loads all its files")
    expect(page.locator("[aria-busy=true]")).to_have_count(0)

    files = [body for request in requests if (body := body_of(request))]
    assert len(files) > 3
    assert sum(len(gzip.compress(file)) for file in files) < MAX_COMPRESSED_BYTES


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
