"""The story of an outage: a store is away for a minute, and no device notices.

Devices keep sending 1,000 messages a second, and every message is acknowledged. Within 20 s the
health report names a program that is blocked, and the store that blocks it. Within 15 s after the
store is back everything is well, and everything that was acknowledged is stored. Each store is
away in an appliance of its own: those that messages pass at the same time, and in the long stories
the other two.
"""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.harness.appliance import Appliance
from tests.harness.deadline import assert_none_lost, eventually, stays
from tests.harness.load_generator import Load, stored_numbers
from tests.harness.outcomes import Outcome, record
from tests.harness.people import new_person

AWAY_SECONDS = 60
ON_THE_WAY = {"kafka": "ingest", "clickhouse": "writer"}
BESIDE_IT = {"mongodb": "registry", "redis": "rqworker"}
BLOCKED = ON_THE_WAY | BESIDE_IT


class Outage:
    """What happened while one store was away."""

    def __init__(self, image, store, folder):
        self.store = store
        appliance = Appliance(image)
        try:
            self._run(appliance.start(), folder)
        finally:
            appliance.remove()

    def _run(self, appliance, folder):
        owner = new_person(appliance.wait_well(), "owner")
        tokens = [owner.new_device().token for _ in range(20)]
        appliance.supervisor("stop", self.store)
        load = Load(
            appliance.mqtt_port, tokens, folder,
            "--connections", "20", "--rate", "1000", "--seconds", "600",
        )  # fmt: skip
        try:
            self.component = eventually(
                lambda: blocked_component(appliance, BLOCKED[self.store]), 20,
                f"{BLOCKED[self.store]} is blocked",
            )  # fmt: skip
            stays(load.is_running, AWAY_SECONDS, "devices send")
            back_at = time.monotonic()
            appliance.supervisor("start", self.store)
            appliance.wait_well(15)
            self.seconds = time.monotonic() - back_at
            self.counts = load.interrupt()
        finally:
            load.stop()
        self.acknowledged = load.acknowledged()
        assert_none_lost(self.acknowledged, lambda: stored_numbers(appliance), seconds=60)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(ON_THE_WAY, id="on the way"),
        pytest.param(BESIDE_IT, id="beside it", marks=pytest.mark.long),
    ],
)
def outages(request, image, tmp_path_factory):
    """Return the outages of two stores, which happened at the same time."""
    stores = request.param
    with ThreadPoolExecutor(len(stores)) as pool:
        running = [
            pool.submit(Outage, image, store, tmp_path_factory.mktemp(store)) for store in stores
        ]
        return [one.result() for one in running]


def test_every_message_is_acknowledged_during_the_outage_and_stored_after_it(outages):
    for outage in outages:
        assert_it_was_noticed_and_lost_nothing(outage)


def assert_it_was_noticed_and_lost_nothing(outage):
    store = outage.store
    assert outage.component["blocked_by"] == store
    assert outage.counts["acknowledged"] == outage.counts["sent"] > AWAY_SECONDS * 100
    record(
        Outcome(
            f"{store} is away for a minute", f"{BLOCKED[store]}: {outage.component['sentence']}",
            "messages wait in the spool; the others wait and say so", outage.seconds, 0,
            "nothing, or what the store's last lines say",
        )
    )  # fmt: skip


def blocked_component(appliance, name):
    component = appliance.component(name)
    return component if component["status"] == "blocked" else None
