"""The story of an outage: Kafka or ClickHouse is away for 30 s, and devices never notice.

They go on sending and being acknowledged; the health report says who waits for whom; everything
is stored when the store is back.
"""

import itertools

import pytest

from tests.harness.deadline import assert_none_lost, eventually
from tests.harness.load_generator import Load
from tests.harness.people import new_person

first_numbers = itertools.count(500_000_000, 1_000_000)


@pytest.mark.parametrize(("store", "waits"), [("kafka", "ingest"), ("clickhouse", "writer")])
def test_senders_never_notice_and_nothing_is_lost(killable_appliance, tmp_path, store, waits):
    first = next(first_numbers)
    owner = new_person(killable_appliance.wait_ready(), "owner")
    tokens = [owner.new_device().token for _ in range(20)]

    killable_appliance.supervisor("stop", store)
    try:
        load = Load(
            killable_appliance.mqtt_port, tokens, tmp_path,
            "--connections", "20", "--rate", "1000", "--seconds", "30", "--first-seq", str(first),
        )  # fmt: skip
        report = eventually(
            lambda: blocked(killable_appliance, waits),
            20,
            f"{waits} says that it waits for {store}",
        )
        load.wait()
    finally:
        killable_appliance.supervisor("start", store)

    acknowledged = load.acknowledged()
    assert report["blocked_by"] == store
    assert len(acknowledged) > 29_000
    query = f"SELECT number FROM readings WHERE key = 'seq' AND number >= {first}"

    def stored():
        numbers = killable_appliance.numbers(f"{query} AND number < {first + 1_000_000}")
        return set(map(int, numbers))

    killable_appliance.wait_ready()
    assert_none_lost(acknowledged, stored, seconds=60)


def blocked(appliance, name):
    report = appliance.health("deep").json()
    found = [item for item in report["components"] if item["name"] == name]
    return next((item for item in found if item["status"] == "blocked"), None)
