"""The story of a VM that returns and cannot read on everywhere: it fetches what it lacks by itself.

The other one's Kafka has deleted what it had not read yet; or its own disk is an older one, as a
snapshot of the machine is. Afterwards both have the same, by a checksum of their readings.
"""

import json

import pytest

from tests.harness.deadline import eventually
from tests.harness.docker import run

pytestmark = pytest.mark.long

# Only what is stored: as if the limit of Kafka's log had been reached while the other VM was away.
FORGET = """
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition
part, here = TopicPartition("telemetry", 0), {"bootstrap_servers": "127.0.0.1:9092"}
stored = KafkaConsumer(group_id="writer", **here).committed(part)
KafkaAdminClient(**here).delete_records({part: stored})
"""

# What was committed there 90 seconds ago: an older mark in this ClickHouse means an older disk.
SAFE_OFFSET = """
import sys
from kafka import KafkaConsumer, TopicPartition
from qlines.writer.rewind import parse
reader = KafkaConsumer(group_id=sys.argv[1], bootstrap_servers="127.0.0.1:9092")
print(parse(reader.committed(TopicPartition("telemetry", 0), metadata=True).metadata).safe.offset)
"""

SNAPSHOT = "tar -c -f /kept/disk.tar -C /data . && cp /data/clickhouse/twin-offsets.json /kept"
OLDER_DISK = "find /data -mindepth 1 -delete; tar -x -f /kept/disk.tar -C /data"


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


def test_one_with_an_older_disk_is_whole_again(twins, traffic, tmp_path):
    twins.wait_whole()
    gone = twins.active_one()
    left = twins.other(gone)
    run("docker", "stop", "--time", "60", gone.name)
    in_volume(gone, tmp_path, SNAPSHOT)
    gone.start_again("app")
    with traffic(first=gone) as found:
        found.wait_served(60)
        twins.wait_whole()
        mark = mark_of(tmp_path)
        eventually(lambda: safe_offset(gone, left) > mark, 180, "the snapshot is old enough")
    run("docker", "stop", "--time", "60", gone.name)
    in_volume(gone, tmp_path, OLDER_DISK)

    with traffic(first=left):
        gone.start_again("app")
        wait_until_it_fetches(gone, "ClickHouse is older")
        twins.wait_whole(240)

    eventually(lambda: gone.fingerprint() == left.fingerprint(), 60, "both have the same")


def wait_until_it_fetches(vm, why):
    """Wait until it has noticed what it lacks; earlier requests have other reasons."""

    def has_noticed():
        catch_up = (vm.health_report().get("twin") or {}).get("catch_up") or {}
        return catch_up.get("reason", "").startswith(why)

    eventually(has_noticed, 60, f"{vm.side} fetches what it lacks: {why}")


def mark_of(folder):
    return json.loads((folder / "twin-offsets.json").read_text())["0"]


def safe_offset(reader, vm):
    """Return it from the Kafka of *vm*, of what the ClickHouse of *reader* has."""
    group = f"writer-{reader.side}"
    return int(vm.exec("app", "python3", "-c", SAFE_OFFSET, group))


def in_volume(vm, folder, script):
    image = vm.inspect("app", "{{.Config.Image}}")
    run(
        "docker", "run", "--rm", "--user", "0", "--entrypoint", "bash",
        "-v", f"{vm.name}-data:/data", "-v", f"{folder}:/kept", image, "-euc", script,
    )  # fmt: skip
