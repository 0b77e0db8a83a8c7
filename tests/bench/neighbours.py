"""The p95 of a neighbour beside one who takes all he can get, in multiples of the usual p95.

The neighbour publishes a value and waits until it is in /api/data, while 500 other devices send a
message a second each, as in `latency`. So every part is in it: broker, ingest, stores, web app.
All limits are the defaults.
"""

import itertools
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from requests import Response

from tests.bench import history
from tests.bench.bench import Bench
from tests.bench.latency import until_visible
from tests.bench.percentile import percentile
from tests.bench.senders import import_devices, load, new_tokens
from tests.harness.appliance import Appliance
from tests.harness.mqtt_device import MqttDevice
from tests.harness.people import Browser, Device, Person, new_person

PROBES = 200
SETTLE_SECONDS = 3
SECONDS = 600  # of the loads, which are stopped before
SIGN_INS = 20
QUERIES = 8
KEYS = list(history.KEYS)
numbers = itertools.count(1)


def measure(bench: Bench) -> dict[str, float]:
    """Measure the usual p95, then beside each of the three loads."""
    with bench.appliance() as appliance:
        neighbour = new_person(appliance, "neighbour")
        device = neighbour.new_device()
        others = import_devices(appliance, new_person(appliance, "others"), 500)
        greedy = new_person(appliance, "greedy")
        full = [greedy.new_device() for _ in range(4)]
        for one in full:
            history.insert(appliance, one.id, KEYS)
        (loud,) = new_tokens(appliance, 1)
        usual_load = load(
            bench, appliance, others, connections=500, rate=500, seconds=SECONDS, points=3
        )
        try:
            time.sleep(SETTLE_SECONDS)
            usual = _p95(appliance, neighbour, device)
            bench.report_progress(f"usual: {usual:.0f} ms")
            with _full_speed(bench, appliance, loud):
                beside_device = _p95(appliance, neighbour, device)
            with _repeated(lambda number: _query(greedy, full[number % 4]), QUERIES):
                beside_queries = _p95(appliance, neighbour, device)
            with _repeated(lambda _number: _sign_in_at_once(greedy), 1):
                beside_sign_ins = _p95(appliance, neighbour, device)
        finally:
            usual_load.stop()
    bench.report_progress(
        f"beside a device {beside_device:.0f} ms, queries {beside_queries:.0f} ms, "
        f"sign-ins {beside_sign_ins:.0f} ms"
    )
    return {
        "beside_device": beside_device / usual,
        "beside_queries": beside_queries / usual,
        "beside_sign_ins": beside_sign_ins / usual,
    }


def _p95(appliance: Appliance, owner: Person, device: Device) -> float:
    """Return the p95 from publishing to /api/data, in milliseconds."""
    with MqttDevice(appliance, device.token) as mqtt:
        times = [until_visible(owner, device, mqtt, next(numbers)) for _ in range(PROBES)]
    return percentile(times, 95)


@contextmanager
def _full_speed(bench: Bench, appliance: Appliance, token: str) -> Iterator[None]:
    """Let one device send as fast as it is acknowledged; its burst is over when this yields."""
    sender = load(bench, appliance, [token], connections=1, inflight=100, seconds=SECONDS, points=3)
    try:
        time.sleep(SETTLE_SECONDS)
        yield
    finally:
        sender.stop()
    time.sleep(SETTLE_SECONDS)


@contextmanager
def _repeated(call: Callable[[int], None], at_once: int) -> Iterator[None]:
    """Repeat *call* in so many threads until the block ends; it gets the thread's number."""
    is_over = threading.Event()

    def repeat(number: int) -> None:
        while not is_over.is_set():
            call(number)

    with ThreadPoolExecutor(at_once) as threads:
        running = [threads.submit(repeat, number) for number in range(at_once)]
        try:
            time.sleep(SETTLE_SECONDS)
            yield
        finally:
            is_over.set()
        for one in running:
            one.result()
    time.sleep(SETTLE_SECONDS)


def _query(person: Person, device: Device) -> None:
    """Request 30 days of all keys; 429 is an answer too."""
    now_ms = int(time.time() * 1000)
    span: dict[str, Any] = {"from": now_ms - history.DAYS * 86_400_000, "to": now_ms, "points": 500}
    path = f"/api/devices/{device.id}/readings"
    answer = person.api.get(path, params={**span, "keys": ",".join(KEYS)})
    assert answer.status_code in (200, 429, 503), answer.text


def _sign_in_at_once(person: Person) -> None:
    """Load the form in twenty browsers, then submit all of them at once; 503 is an answer too."""
    browsers = [person.new_browser() for _ in range(SIGN_INS)]
    forms = [browser.sign_in_form(person.email, person.password) for browser in browsers]
    with ThreadPoolExecutor(SIGN_INS) as threads:
        answers = list(threads.map(_submit, browsers, forms))
    assert {answer.status_code for answer in answers} <= {302, 503}


def _submit(browser: Browser, form: dict[str, str]) -> Response:
    return browser.post("/login", data=form, allow_redirects=False)
