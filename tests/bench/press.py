"""From the press of a button on a device's page until the page shows the device's answer.

In Chromium, measured by the page's own clock.
"""

from playwright.sync_api import Page, sync_playwright

from tests.bench.bench import Bench
from tests.bench.percentile import percentile
from tests.harness.browser import CHROMIUM, FLAGS, visit
from tests.harness.obedient_device import ObedientDevice
from tests.harness.pages import sign_in_by_form
from tests.harness.people import new_person

PRESSES = 60
BUTTON = {"label": "Open", "method": "open", "kind": "button"}
# The newest command is the first row of the log.
PRESS = """async () => {
  const log = document.getElementById("commands");
  const before = log.firstElementChild;
  const isAnswered = () => log.firstElementChild !== before && log.firstElementChild.textContent.includes("Answered");
  const started = performance.now();
  document.querySelector("#controls button[type=submit]").click();
  await new Promise((resolve) => {
    const observer = new MutationObserver(() => isAnswered() && (observer.disconnect(), resolve()));
    observer.observe(log, { childList: true, subtree: true });
  });
  return performance.now() - started;
}"""  # noqa: E501 - as the browser's scripts are written


def measure(bench: Bench) -> dict[str, float]:
    """Press a button, again as soon as the page shows the answer."""
    with bench.appliance() as appliance, sync_playwright() as playwright:
        owner = new_person(appliance, "bench")
        device = owner.new_device()
        owner.api.post("/api/controls", json={"device": device.id, **BUTTON}).raise_for_status()
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(base_url=appliance.url(""))
        sign_in_by_form(page, owner)
        with ObedientDevice(appliance, device.token):
            times = _milliseconds(page, f"/devices/{device.id}")
        browser.close()
    return {"press_p50_ms": percentile(times, 50), "press_p95_ms": percentile(times, 95)}


def _milliseconds(page: Page, path: str) -> list[float]:
    visit(page, path)
    page.wait_for_function("() => document.getElementById('live-state').textContent === 'Live'")
    page.evaluate(PRESS)  # the first one may come before the page follows its device
    return [page.evaluate(PRESS) for _ in range(PRESSES)]
