"""Browsers that watch devices over Socket.IO: what the web process costs, and what they miss."""

import time
from contextlib import ExitStack

from tests.bench.bench import Bench
from tests.bench.container import program_cpu_seconds
from tests.bench.senders import import_devices, load
from tests.harness.appliance import Appliance
from tests.harness.live_page import LivePage
from tests.harness.people import Device, new_person

BROWSERS = 200
RATE = 1_000
SECONDS = 60
SETTLE_SECONDS = 5
MISSED_AFTER_SECONDS = 10


def measure(bench: Bench) -> dict[str, float]:
    """Open the page of one device in each browser, let all devices send, and compare."""
    with bench.appliance() as appliance, ExitStack() as pages:
        owner = new_person(appliance, "watching")
        tokens = import_devices(appliance, owner, BROWSERS)
        rows = owner.api.document("/api/data", per_page=BROWSERS)["items"]
        browser, url = owner.browser(), appliance.url("/")
        opened = [pages.enter_context(LivePage(browser, url)) for _ in rows]
        for page, row in zip(opened, rows, strict=True):
            page.watch(Device(row["id"], row["name"], ""))
        sender = load(
            bench, appliance, tokens, connections=BROWSERS, rate=RATE,
            seconds=SECONDS + 2 * SETTLE_SECONDS, points=3,
        )  # fmt: skip
        time.sleep(SETTLE_SECONDS)
        percent = _web_percent(appliance)
        if not sender.wait()["acknowledged"]:
            raise RuntimeError("no message was acknowledged, so none could be missed")
        missed = _missed(opened, sender.acknowledged())
    return {"watchers_missed": missed, "watchers_cpu": percent}


def _web_percent(appliance: Appliance) -> float:
    started, used = time.monotonic(), program_cpu_seconds(appliance, "gunicorn")
    time.sleep(SECONDS)
    used = program_cpu_seconds(appliance, "gunicorn") - used
    return 100 * used / (time.monotonic() - started)


def _missed(pages: list[LivePage], acknowledged: set[int]) -> int:
    """Return how many acknowledged numbers no browser received."""
    deadline = time.monotonic() + MISSED_AFTER_SECONDS
    while (missed := acknowledged - _received(pages)) and time.monotonic() < deadline:
        time.sleep(0.5)
    return len(missed)


def _received(pages: list[LivePage]) -> set[int]:
    return {
        number
        for page in pages
        for event in page.events
        for _ts, number in event["values"].get("seq", [])
    }
