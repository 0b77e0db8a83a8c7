"""Writers of several nodes beside one real Kafka; what they store goes into a file (node.py)."""

import os
import re
import secrets
import signal
import subprocess
import sys
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
from kafka import KafkaAdminClient
from kafka.admin import NewPartitions

from qlines.addresses.kafka import KafkaAddress
from qlines.clients import kafka, kafka_topic
from qlines.errors import StoreUnavailableError
from qlines.init.stores import TOPIC_CONFIGS
from qlines.reading import Reading
from qlines.telemetry_record import TOPIC, by_partition, encode
from tests.harness import daemon
from tests.harness.deadline import PATIENCE, eventually
from tests.harness.docker import ROOT

ETC = ROOT / "appliance" / "etc"
PARTITIONS, DEVICES = 4, 40
# A lost node's session ends after 12 s.
MOVED_WITHIN_SECONDS = 40


class Cluster:
    """A topic of four partitions and the writers that share it."""

    def __init__(self, server: str, folder: Path) -> None:
        self.address = KafkaAddress(
            server, topic_prefix=f"test-{secrets.token_hex(4)}.", partitions=PARTITIONS
        )
        self.folder = folder
        self.programs: dict[str, subprocess.Popen[bytes]] = {}
        self._sent = 0
        kafka_topic.ensure(self.address, TOPIC, TOPIC_CONFIGS)

    def start(self, node: str, log: str = "") -> None:
        """Start a node's writer, which logs into a file of its name."""
        command = [sys.executable, "-m", "tests.integration.writer.node"]
        arguments = [self.address.servers, self.address.topic_prefix, node, str(self.folder)]
        with (self.folder / f"{log or node}.log").open("ab") as output:
            program = subprocess.Popen(
                command + arguments, cwd=ROOT, stderr=output,
                env=os.environ | {"PYTHONPATH": f"{ROOT / 'app'}:{ROOT}"},
            )  # fmt: skip
        self.programs[log or node] = program

    def kill(self, node: str) -> None:
        """Kill a node's writer as nothing else can."""
        program = self.programs.pop(node)
        program.send_signal(signal.SIGKILL)
        program.wait(10)

    def log(self, node: str) -> str:
        return (self.folder / f"{node}.log").read_text()

    def partitions(self, node: str) -> set[int]:
        """Return what the node's writer reads, by the last line of its log about it."""
        found = re.findall(r"reading of the group's partitions: ([\d, ]+|none)", self.log(node))
        return {int(number) for number in re.findall(r"\d+", found[-1])} if found else set()

    def share(self, *nodes: str) -> None:
        """Wait until these nodes have every partition, each at least one."""
        eventually(
            lambda: self._is_shared(nodes), MOVED_WITHIN_SECONDS, f"{nodes} share the partitions"
        )

    def _is_shared(self, nodes: tuple[str, ...]) -> bool:
        parts = [self.partitions(node) for node in nodes]
        return all(parts) and sorted(part for some in parts for part in some) == [
            *range(PARTITIONS)
        ]

    def send(self, partitions: int = PARTITIONS) -> None:
        """Publish one more reading of each device."""
        self._sent += 1
        readings = [
            Reading(f"device-{one}", "owner", self._sent, {"number": self._sent})
            for one in range(DEVICES)
        ]
        producer = kafka.producer(self.address)
        for part, some in by_partition(readings, partitions).items():
            for value, headers in encode(some):
                name = self.address.named(TOPIC)
                sent = producer.send(name, value=value, headers=headers, partition=part)
                sent.get(timeout=20 * PATIENCE)
        producer.close(timeout=5)

    def stored(self) -> Counter[tuple[str, int]]:
        """Return how often each reading was stored."""
        file = self.folder / "stored"
        lines = file.read_text().splitlines() if file.exists() else []
        return Counter((device, int(number)) for device, number in map(str.split, lines))

    def wait_stored(self) -> None:
        """Wait until everything that was sent is stored."""
        sent = {
            (f"device-{one}", number)
            for one in range(DEVICES)
            for number in range(1, self._sent + 1)
        }
        eventually(lambda: sent <= set(self.stored()), MOVED_WITHIN_SECONDS, "everything is stored")

    def close(self) -> None:
        for node in list(self.programs):
            self.kill(node)


@pytest.fixture(scope="module")
def broker(image, tmp_path_factory):
    with daemon.kafka(image, ETC, tmp_path_factory.mktemp("kafka")) as running:
        eventually(lambda: _answers(running.address), 90, "Kafka answers")
        yield running


def _answers(server: str) -> bool:
    with suppress(StoreUnavailableError):
        kafka_topic.ensure(KafkaAddress(server), "first", {})
        return True
    return False


@pytest.fixture
def cluster(broker, tmp_path):
    cluster = Cluster(broker.address, tmp_path)
    yield cluster
    cluster.close()


def test_two_nodes_share_the_partitions_and_store_each_reading_once(cluster):
    cluster.start("node-1")
    cluster.start("node-2")
    cluster.share("node-1", "node-2")

    for _ in range(3):
        cluster.send()
    cluster.wait_stored()

    assert set(cluster.stored().values()) == {1}


def test_the_partitions_of_a_killed_node_are_read_by_the_other_one(cluster):
    cluster.start("node-1")
    cluster.start("node-2")
    cluster.share("node-1", "node-2")
    cluster.send()

    cluster.kill("node-2")
    cluster.send()

    cluster.share("node-1")
    cluster.wait_stored()


def test_a_node_that_restarts_has_its_partitions_again_and_the_other_notices_nothing(cluster):
    cluster.start("node-1")
    cluster.start("node-2")
    cluster.share("node-1", "node-2")
    before, log = cluster.partitions("node-2"), cluster.log("node-1")

    cluster.kill("node-2")
    (cluster.folder / "node-2.log").unlink()
    cluster.start("node-2")
    cluster.send()

    cluster.wait_stored()
    assert cluster.partitions("node-2") == before
    assert cluster.log("node-1") == log


def test_readings_that_wait_in_a_buffer_are_stored_after_the_partitions_moved(cluster):
    (cluster.folder / "refuse").touch()
    cluster.start("node-1")
    cluster.share("node-1")
    cluster.send()
    eventually(lambda: "clickhouse" in cluster.log("node-1"), 30, "the buffer waits")

    cluster.start("node-2")
    cluster.share("node-1", "node-2")
    (cluster.folder / "refuse").unlink()

    cluster.wait_stored()


def add_partitions(cluster):
    admin = KafkaAdminClient(bootstrap_servers=cluster.address.servers)
    admin.create_partitions({cluster.address.named(TOPIC): NewPartitions(PARTITIONS + 2)})
    admin.close()


def test_a_single_container_reads_partitions_that_are_added_without_a_restart(cluster):
    cluster.start("", log="writer")
    cluster.send()
    cluster.wait_stored()

    add_partitions(cluster)
    cluster.send(PARTITIONS + 2)

    cluster.wait_stored()


def test_a_group_reads_partitions_that_are_added_also_when_its_leader_was_restarted(cluster):
    cluster.start("node-1")
    cluster.send()
    cluster.wait_stored()
    cluster.kill("node-1")
    cluster.start("node-1")
    cluster.send()
    cluster.wait_stored()

    add_partitions(cluster)
    cluster.send(PARTITIONS + 2)

    cluster.wait_stored()


def test_a_container_that_is_no_node_says_so_beside_nodes(cluster):
    cluster.start("node-1")
    cluster.share("node-1")

    cluster.start("", log="single")

    def says_why_it_waits():
        # Again and again: what the node has committed before the other one came is not for it.
        cluster.send()
        return "several nodes share this group" in cluster.log("single")

    eventually(says_why_it_waits, 30, "it says why it waits", pause_seconds=1)
    cluster.wait_stored()


def test_of_two_nodes_with_one_name_the_first_says_so(cluster):
    cluster.start("node-1", log="first")
    cluster.share("first")

    cluster.start("node-1", log="second")

    eventually(
        lambda: "another node came with the same QLINES_NODE" in cluster.log("first"),
        MOVED_WITHIN_SECONDS,
        "the first one rests",
    )
    cluster.send()
    cluster.wait_stored()
