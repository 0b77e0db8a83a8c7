"""From a click in the list of devices until the device's chart is drawn, in Chromium."""

import time

from playwright.sync_api import Page, sync_playwright

from tests.bench import history
from tests.bench.bench import Bench
from tests.bench.percentile import percentile
from tests.harness.browser import CHROMIUM, FLAGS, visit
from tests.harness.pages import sign_in_by_form
from tests.harness.people import Device, new_person

CLICKS = 20
DEVICES = 20
# Below the chart stands what one point is as soon as the chart has its data.
IS_DRAWN = """() => document.querySelector("#chart canvas")
  && document.getElementById("chart-text").textContent.includes("1 point =")"""


def measure(bench: Bench) -> dict[str, float]:
    """Give each device a month of three keys, then open one after the other from the list."""
    with bench.appliance() as appliance, sync_playwright() as playwright:
        owner = new_person(appliance, "bench")
        devices = [owner.new_device() for _ in range(DEVICES)]
        for device in devices:
            history.insert(appliance, device.id, list(history.KEYS))
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(base_url=appliance.url(""), viewport={"width": 1280, "height": 800})
        sign_in_by_form(page, owner)
        times = [_milliseconds(page, devices[n % DEVICES]) for n in range(CLICKS)]
        browser.close()
    return {"page_p50_ms": percentile(times, 50), "page_p95_ms": percentile(times, 95)}


def _milliseconds(page: Page, device: Device) -> float:
    visit(page, "/devices")
    link = page.locator(f"a[href$='/devices/{device.id}']").first
    link.wait_for()
    started = time.perf_counter()
    link.click()
    page.wait_for_function(IS_DRAWN)
    return 1000 * (time.perf_counter() - started)
