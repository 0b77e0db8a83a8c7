"""Four minutes at full speed: lag, memory, and acknowledged messages that are not stored."""

import time

from tests.bench import stored
from tests.bench.bench import Bench
from tests.bench.container import memory_mb
from tests.bench.senders import import_devices, load
from tests.harness.people import Person, new_person

SECONDS = 240
WHOLE_AGAIN_SECONDS = 300


def measure(bench: Bench) -> dict[str, float]:
    """Sample lag and memory each second while 500 connections send, then count the stored."""
    with bench.appliance() as appliance:
        owner = new_person(appliance, "bench")
        tokens = import_devices(appliance, owner, 500)
        sender = load(bench, appliance, tokens, connections=500, seconds=SECONDS, points=3)
        time.sleep(5)
        lags, memories = [], []
        while sender.is_running():
            lags.append(_lag_seconds(owner))
            memories.append(memory_mb(appliance))
            time.sleep(1)
        result = sender.wait()
        acknowledged, sent = int(result["acknowledged"]), int(result["sent"])
        whole_seconds = stored.seconds_until(appliance, acknowledged, 0, sent, WHOLE_AGAIN_SECONDS)
        stored_count = stored.count(appliance, 0, sent)
    return {
        "overload_lost": max(0, acknowledged - stored_count),
        "overload_rate": result["rate"],
        "overload_whole_s": whole_seconds,
        "overload_lag_s": max(lags),
        "overload_memory_mb": max(memories),
    }


def _lag_seconds(owner: Person) -> float:
    """Return the age of the newest reading that the owner of the devices sees."""
    page = owner.api.document("/api/data", sort="last_seen", order="desc", per_page=1)
    last_seen_ms: float = page["items"][0]["last_seen"]
    return time.time() - last_seen_ms / 1000
