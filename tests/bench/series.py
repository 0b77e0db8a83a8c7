"""Response time of 30 days of one series as a chart asks for them, out of 70 million rows.

That is the mean, the lowest and the highest value in each of 500 buckets, in one query.
"""

import time

from tests.bench import history
from tests.bench.bench import Bench
from tests.bench.percentile import percentile
from tests.harness.people import Device, Person, new_person

ROWS = 70_000_000
REQUESTS = 100


def measure(bench: Bench) -> dict[str, float]:
    """Fill the table, then request a month of one device after the other."""
    with bench.appliance() as appliance:
        owner = new_person(appliance, "bench")
        devices = [owner.new_device() for _ in range(-(-ROWS // history.READINGS))]
        for device in devices:
            history.insert(appliance, device.id, ["temperature"])
        time.sleep(30)  # merges run in the background, as after any insert
        times = [_milliseconds(owner, devices[n % len(devices)]) for n in range(REQUESTS)]
    return {"series_p95_ms": percentile(times, 95)}


def _milliseconds(owner: Person, device: Device) -> float:
    now_ms = int(time.time() * 1000)
    span = {"from": now_ms - history.DAYS * 86_400_000, "to": now_ms}
    path = f"/api/devices/{device.id}/readings"
    started = time.perf_counter()
    series = owner.api.document(path, keys="temperature", points=500, agg="band", **span)
    milliseconds = 1000 * (time.perf_counter() - started)
    assert 400 <= len(series["temperature"]) <= 500
    return milliseconds
