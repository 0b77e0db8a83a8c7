"""Response time of the first page of /api/data beside a million devices of other owners."""

import time

import requests

from tests.bench.bench import Bench
from tests.bench.container import memory_mb
from tests.bench.devices import DEVICES, QUERIES, milliseconds, send_twice_each
from tests.bench.percentile import percentile
from tests.bench.senders import import_devices
from tests.harness.deadline import eventually
from tests.harness.people import new_person

OWNERS = 99
ADDED_WITHIN_SECONDS = 900
KNOWN_WITHIN_SECONDS = 240
ADD = f"""
import os
from bson import ObjectId
from qlines.clients import mongodb
from qlines.settings import Settings
from qlines.store.device_document import NewDevice, device_document
db = mongodb.connect(Settings.from_env(os.environ).mongodb)
for owner in range({OWNERS}):
    who = ObjectId()
    documents = []
    for number in range({DEVICES}):
        token = f"other{{owner:03}}x{{number:05}}token"
        documents.append(device_document(NewDevice(who, f"device {{number:05}}", token)))
    db.devices.insert_many(documents, ordered=False)
"""


def measure(bench: Bench) -> dict[str, float]:
    """Add the devices, wait until the broker knows them, and request the page of one owner."""
    with bench.appliance() as appliance:
        owner = new_person(appliance, "bench")
        tokens = import_devices(appliance, owner, DEVICES)
        started = time.monotonic()
        appliance.exec("python", "-c", ADD, seconds=ADDED_WITHIN_SECONDS)
        last = appliance.url(f"/api/v1/other{OWNERS - 1:03}x{DEVICES - 1:05}token/telemetry")
        eventually(
            lambda: requests.post(last, data="{}", timeout=10).status_code == 200,
            KNOWN_WITHIN_SECONDS, "the last device is known",
        )  # fmt: skip
        bench.report_progress(f"{time.monotonic() - started:.0f} s until all are known")
        send_twice_each(bench, appliance, tokens)
        quiet = milliseconds(owner)
        searched = milliseconds(owner, QUERIES["search"])
        bench.report_progress(f"searched: {percentile(searched, 95):.0f} ms p95")
        bench.report_progress(f"memory: {memory_mb(appliance):.0f} MB")
        return {"million_p95_ms": percentile(quiet, 95)}
