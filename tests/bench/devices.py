"""Response time of the first page of /api/data with 10,000 devices, idle and under load."""

import time

from tests.bench.bench import Bench
from tests.bench.percentile import percentile
from tests.bench.senders import import_devices, load
from tests.harness.appliance import Appliance
from tests.harness.people import Person, new_person

DEVICES = 10_000
REQUESTS = 300
RESTED_REQUESTS = 12
PAUSE_SECONDS = 3.0  # longer than the app takes its list of devices for fresh
QUERIES = {
    "seen": {"sort": "last_seen", "order": "desc"},
    "search": {"search": "bench 077"},
    "status": {"status": "online"},
}


def measure(bench: Bench) -> dict[str, float]:
    """Let each device send twice, then request the first page 300 times idle and under load."""
    with bench.appliance() as appliance:
        owner = new_person(appliance, "bench")
        tokens = import_devices(appliance, owner, DEVICES)
        send_twice_each(bench, appliance, tokens)
        quiet = milliseconds(owner)
        others = {name: milliseconds(owner, query) for name, query in QUERIES.items()}
        rested = milliseconds(
            owner, QUERIES["seen"], requests=RESTED_REQUESTS, pause_seconds=PAUSE_SECONDS
        )
        sender = load(
            bench, appliance, tokens[:500], connections=500, rate=5000, seconds=60, points=3
        )
        time.sleep(10)
        busy = milliseconds(owner)
        sender.stop()
    return {
        "list_p50_ms": percentile(quiet, 50),
        "list_p95_ms": percentile(quiet, 95),
        "list_rested_p95_ms": percentile(rested, 95),
        "list_busy_p50_ms": percentile(busy, 50),
        "list_busy_p95_ms": percentile(busy, 95),
        **{f"list_{name}_p95_ms": percentile(times, 95) for name, times in others.items()},
    }


def send_twice_each(bench: Bench, appliance: Appliance, tokens: list[str]) -> None:
    """Let each device send two messages, and wait until they are stored."""
    load(
        bench, appliance, tokens,
        connections=DEVICES, rate=2000, messages=2 * DEVICES, points=3,
    ).wait()  # fmt: skip
    time.sleep(10)


def milliseconds(
    owner: Person,
    query: dict[str, str] | None = None,
    *,
    requests: int = REQUESTS,
    pause_seconds: float = 0,
) -> list[float]:
    """Request the first page of the list, and return how long each request took."""
    times = []
    for _ in range(requests):
        time.sleep(pause_seconds)
        started = time.perf_counter()
        document = owner.api.document("/api/data", page=1, per_page=50, **(query or {}))
        times.append(1000 * (time.perf_counter() - started))
        assert query or document["total"] == DEVICES
        assert len(document["items"]) == 50
        assert document["items"][0]["values"]
    return times
