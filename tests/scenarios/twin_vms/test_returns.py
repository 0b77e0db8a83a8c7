"""The story of a VM that returns and cannot read everywhere on: it fetches what it lacks by itself.

The other one's Kafka has deleted what it had not read yet; or its own disk is an older one, as a
snapshot of the machine is. Afterwards both have the same, by a checksum of their readings.
"""

from tests.harness.deadline import eventually
from tests.harness.docker import run

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


def test_one_with_an_older_disk_is_whole_again(twins, traffic, tmp_path):
    twins.wait_whole()
    gone = twins.active_one()
    left = twins.other(gone)
    run("docker", "stop", "--time", "60", gone.name)
    in_volume(gone, tmp_path, "tar -c -f /kept/disk.tar -C /data .")
    gone.start_again("app")
    with traffic(first=gone) as found:
        found.wait_served(60)
        twins.wait_whole()
        acknowledged = len(found.visitors.acknowledged)
        eventually(
            lambda: len(found.visitors.acknowledged) > acknowledged + 20, 60, "messages are taken"
        )
    run("docker", "stop", "--time", "60", gone.name)
    in_volume(gone, tmp_path, "rm -rf /data/* && tar -x -f /kept/disk.tar -C /data")

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


def in_volume(vm, folder, script):
    image = vm.inspect("app", "{{.Config.Image}}")
    run(
        "docker", "run", "--rm", "--user", "0", "--entrypoint", "bash",
        "-v", f"{vm.name}-data:/data", "-v", f"{folder}:/kept", image, "-euc", script,
    )  # fmt: skip
