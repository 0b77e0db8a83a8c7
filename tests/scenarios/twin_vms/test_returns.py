"""The story of a VM that returns, and the other one's Kafka has deleted what it had not read yet.

It fetches that from the other one's ClickHouse by itself. Afterwards both have the same, by a
checksum of their readings.
"""

import pytest

from tests.harness.deadline import eventually

pytestmark = pytest.mark.long

# Only what is stored: as if the limit of Kafka's log had been reached while the other VM was away.
FORGET = """
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
part, here = TopicPartition("telemetry", 0), {"bootstrap_servers": "127.0.0.1:9092"}
stored = KafkaConsumer(group_id="writer", **here).committed(part)
KafkaAdminClient(**here).delete_records({part: stored})
"""


def test_one_whose_readings_the_other_kafka_has_deleted_is_whole_again(twins, traffic):
    twins.wait_whole()
    gone = twins.active_one()
    left = twins.other(gone)
    with traffic(first=left) as found:
        gone.kill()
        twins.wait_active(left, 15)
        acknowledged = len(found.visitors.acknowledged)
        eventually(
            lambda: len(found.visitors.acknowledged) > acknowledged + 20, 60, "messages are taken"
        )
        left.exec("app", "python3", "-c", FORGET)
        gone.start_again()
        wait_until_it_fetches(gone, "the twin's Kafka no longer has")
        twins.wait_whole(240)

    eventually(lambda: gone.fingerprint() == left.fingerprint(), 60, "both have the same")


def wait_until_it_fetches(vm, why):
    """Wait until it has noticed what it lacks; earlier requests have other reasons."""

    def has_noticed():
        catch_up = (vm.health_report().get("twin") or {}).get("catch_up") or {}
        return catch_up.get("reason", "").startswith(why)

    eventually(has_noticed, 60, f"{vm.side} fetches what it lacks: {why}")
