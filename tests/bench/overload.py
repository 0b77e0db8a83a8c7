"""Four minutes of senders that go as fast as they are acknowledged: lag, memory, nothing lost."""

import time

from tests.bench import stored
from tests.bench.bench import Bench
from tests.bench.container import memory_mb
from tests.bench.senders import import_devices, load
from tests.harness.people import Person, new_person

SECONDS = 240
WHOLE_AGAIN_SECONDS = 300


def measure(bench: Bench) -> dict[str, float]:
    """Watch lag and memory each second while 500 connections send, then count."""
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
        whole = stored.seconds_until(appliance, acknowledged, 0, sent, WHOLE_AGAIN_SECONDS)
        found = stored.count(appliance, 0, sent)
    return {
        "overload_lost": max(0, acknowledged - found),
        "overload_rate": result["rate"],
        "overload_whole_s": whole,
        "overload_lag_s": max(lags),
        "overload_memory_mb": max(memories),
    }


def _lag_seconds(owner: Person) -> float:
    """Return how old the newest reading is that the owner of busy devices sees."""
    page = owner.api.document("/api/data", sort="last_seen", order="desc", per_page=1)
    return time.time() - page["items"][0]["last_seen"] / 1000
