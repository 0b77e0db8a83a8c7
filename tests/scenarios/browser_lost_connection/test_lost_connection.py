"""The story of a page that loses its server: it says so once, and has what it missed afterwards.

Without WebSocket the socket polls; without any socket the page asks once a second, and says so.
A page that nobody sees asks nothing, and has no socket.

Points 8 and 9 of what a browser must do.
"""

import pytest
import requests
from playwright.sync_api import expect

from tests.harness.browser import visit
from tests.harness.deadline import eventually
from tests.harness.mqtt_device import MqttDevice
from tests.harness.pages import DESKTOP, DESKTOP_FIRST, EACH_LOOK, PHONE

HIDE = """(isHidden) => {
  Object.defineProperty(document, "hidden", {configurable: true, get: () => isHidden});
  document.dispatchEvent(new Event("visibilitychange"));
}"""
NOTE_SIGNS = """() => {
  const badge = document.getElementById("live-state");
  window.signs = [];
  const note = () => window.signs.push(badge.textContent);
  new MutationObserver(note).observe(badge, {childList: true});
}"""
STORED = {DESKTOP: "temperature 3", PHONE: "3 temperature"}
LOST = "Connection lost. Reconnecting…"
# What Chromium logs for each request, and each attempt at a socket, that nobody answers.
FAILED = ("ERR_", "WebSocket connection to")


@pytest.fixture
def device(owner):
    return owner.new_device()


@pytest.fixture
def stop_web(killable_appliance):
    """Return a function that stops the web server; it runs again after the test."""

    def stop():
        killable_appliance.supervisor("stop", "gunicorn")

    yield stop
    if killable_appliance.states()["gunicorn"] != "RUNNING":
        killable_appliance.supervisor("start", "gunicorn")
    killable_appliance.wait_well()


def live(page):
    return page.locator("#live-state")


@DESKTOP_FIRST
def test_what_a_page_missed_is_there_once_the_server_is_back(
    killable_appliance, open_page, owner, device, stop_web
):
    with MqttDevice(killable_appliance, device.token) as client:
        client.publish({"temperature": 3})
        table = open_page(owner, f"/devices?search={device.name}", tolerated=FAILED)
        single = open_page(owner, f"/devices/{device.id}?range=1h", tolerated=FAILED)
        pages = [table, single]
        for page in pages:
            expect(live(page)).to_have_text("Live")
            expect(page.locator("main")).to_contain_text("3")

        with (
            table.expect_event("requestfailed", lambda request: "/api/data?" in request.url),
            single.expect_event("requestfailed", lambda request: "/latest" in request.url),
        ):
            stop_web()
        for page in pages:
            expect(page.locator("#notice")).to_be_hidden()
            expect(live(page)).to_have_text(LOST)
            expect(page.locator("html[data-outdated]")).to_have_count(1)
            expect(page.get_by_text(LOST)).to_have_count(1)
        client.publish({"temperature": 17.25})
        killable_appliance.supervisor("start", "gunicorn")

        for page in pages:
            expect(live(page)).to_have_text("Live")
            expect(page.locator("html[data-outdated]")).to_have_count(0)
            expect(page.locator("#notice")).to_be_hidden()
        expect(table.locator(".tabulator-row")).to_contain_text("17.25")
        expect(single.locator("#tiles")).to_contain_text("17.25")
        single.locator("#chart").focus()
        single.keyboard.press("End")
        expect(single.locator("#chart .u-legend")).to_contain_text("17.25")


def send(owner, device, value):
    url = owner.appliance.url(f"/api/v1/{device.token}/telemetry")
    assert requests.post(url, json={"temperature": value}, timeout=10).status_code == 200


@EACH_LOOK
def test_values_keep_arriving_without_websocket(open_page, alice, look):
    device = alice.new_device()
    page = open_page(alice, "/account", tolerated="WebSocket")
    page.route_web_socket("**/socket.io/**", lambda socket: socket.close())
    visit(page, f"/devices?search={device.name}")
    expect(live(page)).to_have_text("Live")

    send(alice, device, 3)

    expect(page.locator(".tabulator-row")).to_contain_text(STORED[look])
    expect(live(page)).to_have_text("Live")


@DESKTOP_FIRST
def test_values_keep_arriving_without_a_socket_and_the_page_says_so(open_page, alice, look):
    device = alice.new_device()
    page = open_page(alice, "/account", tolerated="ERR_FAILED")
    page.route("**/socket.io/**", lambda route: route.abort())
    page.route_web_socket("**/socket.io/**", lambda socket: socket.close())
    visit(page, f"/devices?search={device.name}")
    expect(live(page)).to_have_text("Updated every second")

    send(alice, device, 3)

    expect(page.locator(".tabulator-row")).to_contain_text(STORED[look])


REFUSE_FIRST_WATCH = """
  let real;
  Object.defineProperty(window, "io", {
    configurable: true,
    set: (value) => (real = value),
    get: () => Object.assign((...given) => {
      const socket = real(...given);
      const timeout = socket.timeout.bind(socket);
      let refused = false;
      socket.timeout = (ms) => {
        if (refused) return timeout(ms);
        refused = true;
        return { emitWithAck: async () => ({ ok: false, error: "MongoDB does not answer" }) };
      };
      return socket;
    }, real),
  });
"""


@pytest.mark.parametrize("path", ["/devices?search={0.name}", "/devices/{0.id}"])
def test_a_page_whose_watch_was_refused_once_becomes_live_later(open_page, alice, path):
    device = alice.new_device()
    page = open_page(alice, path.format(device), script=REFUSE_FIRST_WATCH)
    expect(live(page)).to_have_text("Live")

    send(alice, device, 17.25)

    expect(page.locator("main")).to_contain_text("17.25")
    expect(live(page)).to_have_text("Live")


@pytest.mark.parametrize(
    ("path", "last"),
    [("/devices?search={0.name}", "/api/data"), ("/devices/{0.id}", "/presence")],
)
def test_a_page_that_nobody_sees_costs_nothing_and_misses_nothing(open_page, alice, path, last):
    device = alice.new_device()
    page = open_page(alice, "/account")
    page.clock.install()
    requested, sockets = [], []
    page.on("request", lambda request: requested.append(request.url))

    def note(socket):
        sockets.append(socket)

    page.on("websocket", note)
    visit(page, path.format(device))
    expect(live(page)).to_have_text("Live")
    eventually(lambda: has_open(page, sockets), 10, "there is a socket")
    # What the page began to fetch while it was seen, it fetches to the end.
    eventually(lambda: has_requested(page, requested, last), 10, "all is fetched")
    page.evaluate(NOTE_SIGNS)

    page.evaluate(HIDE, True)
    page.clock.fast_forward(11_000)
    eventually(lambda: not has_open(page, sockets), 10, "the socket is closed")
    send(alice, device, 17.25)
    requested.clear()
    page.clock.fast_forward(120_000)
    page.evaluate("0")
    assert (requested, len(sockets)) == ([], 1)
    page.evaluate(HIDE, False)

    expect(page.locator("main")).to_contain_text("17.25")
    expect(live(page)).to_have_text("Live")
    assert LOST not in page.evaluate("window.signs")
    send(alice, device, 19.5)
    expect(page.locator("main")).to_contain_text("19.5")


def has_open(page, sockets):
    page.evaluate("0")  # only a call lets Playwright handle what the browser has told
    return any(not socket.is_closed() for socket in sockets)


def has_requested(page, requested, part):
    page.evaluate("0")
    return any(part in url for url in requested)
