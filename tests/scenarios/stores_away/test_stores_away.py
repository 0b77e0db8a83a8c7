"""The story of an outage: Kafka or ClickHouse is down for 30 s, and no device notices.

Devices keep sending, and every message is acknowledged. Within 20 s the health report names the
program that is blocked, and the store that blocks it. Within 60 s after the store is back
everything is stored.
"""

import itertools

import pytest

from tests.harness.deadline import assert_none_lost, eventually
from tests.harness.load_generator import Load
from tests.harness.people import new_person

first_numbers = itertools.count(500_000_000, 1_000_000)


@pytest.mark.parametrize(("store", "blocked"), [("kafka", "ingest"), ("clickhouse", "writer")])
def test_every_message_is_acknowledged_during_the_outage_and_stored_after_it(
    killable_appliance, tmp_path, store, blocked
):
    first = next(first_numbers)
    owner = new_person(killable_appliance.wait_well(), "owner")
    tokens = [owner.new_device().token for _ in range(20)]

    killable_appliance.supervisor("stop", store)
    try:
        load = Load(
            killable_appliance.mqtt_port, tokens, tmp_path,
            "--connections", "20", "--rate", "1000", "--seconds", "30", "--first-seq", str(first),
        )  # fmt: skip
        component = eventually(
            lambda: blocked_component(killable_appliance, blocked), 20, f"{blocked} is blocked"
        )
        load.wait()
    finally:
        killable_appliance.supervisor("start", store)

    acknowledged = load.acknowledged()
    assert component["blocked_by"] == store
    assert len(acknowledged) > 29_000
    query = f"SELECT number FROM readings WHERE key = 'seq' AND number >= {first}"

    def stored():
        numbers = killable_appliance.numbers(f"{query} AND number < {first + 1_000_000}")
        return set(map(int, numbers))

    killable_appliance.wait_well()
    assert_none_lost(acknowledged, stored, seconds=60)


def blocked_component(appliance, name):
    components = appliance.health("deep").json()["components"]
    matching = (item for item in components if item["name"] == name)
    return next((item for item in matching if item["status"] == "blocked"), None)
