"""The story of two nodes beside the same stores: devices and people cannot tell them from one.

Kafka, MongoDB, ClickHouse and Redis run each in a container of its own; two nodes start at the same
time and share the topic's four partitions. What a device sends to either is seen at both, once. A
device that comes back through the other node is taken over there. An export that one has made is
downloaded through the other. Each answers for the health of both. One node is killed under load:
everything that was acknowledged by the other one is stored, and the rest when the node returns.
"""

import re
import time

import pytest

from tests.harness.deadline import assert_none_lost, eventually
from tests.harness.load_generator import Load
from tests.harness.mqtt_device import MqttDevice
from tests.harness.people import Person, new_person
from tests.harness.shared_stores import SharedStores

PARTITIONS = 4
FIRST = 800_000_000
# The session of a lost node ends after 12 s.
MOVED_WITHIN_SECONDS = 40


@pytest.fixture(scope="module")
def stores(image, network, tmp_path_factory):
    return SharedStores(network, image, tmp_path_factory.mktemp("stores"), partitions=PARTITIONS)


@pytest.fixture(scope="module")
def nodes(stores):
    nodes = [stores.node("node-1"), stores.node("node-2")]
    try:
        for node in nodes:
            node.create()
        yield [node.wait_ready() for node in nodes]
    finally:
        for node in nodes:
            node.remove()


@pytest.fixture(scope="module")
def owners(nodes):
    """Return the same owner, at either node."""
    owner = new_person(nodes[0], "owner")
    return owner, Person(nodes[1], owner.email, owner.password, owner.key)


def partitions(node, program):
    """Return what the program of a node reads, by the last line of its log about it."""
    found = re.findall(
        rf"{program}.*reading of the group's partitions: ([\d, ]+|none)", node.logs()
    )
    return {int(number) for number in re.findall(r"\d+", found[-1])} if found else set()


def stored(stores, first=FIRST):
    return stores.numbers(f"SELECT number FROM readings WHERE key = 'seq' AND number >= {first}")


@pytest.mark.parametrize("program", ["writer", "live"])
def test_the_nodes_share_the_partitions(nodes, program):
    def is_shared():
        one, other = (partitions(node, program) for node in nodes)
        return one and other and sorted([*one, *other]) == [*range(PARTITIONS)]

    eventually(is_shared, MOVED_WITHIN_SECONDS, f"the {program}s share the partitions")


def test_what_a_device_sends_to_either_node_is_seen_at_both_and_stored_once(stores, nodes, owners):
    devices = [owners[0].new_device(f"sensor {number}") for number in range(8)]
    for number, device in enumerate(devices):
        eventually(lambda d=device: owners[1].row(d) is not None, 30, "the other node knows it")
        with MqttDevice(nodes[number % 2], device.token) as mqtt:
            assert mqtt.publish({"seq": FIRST + number})

    for owner in owners:
        for number, device in enumerate(devices):
            eventually(
                lambda o=owner, d=device, n=number: o.value(d, "seq") == FIRST + n,
                30, "the value is on the page",
            )  # fmt: skip
    # The page's values are stored up to a second ahead of the points.
    eventually(lambda: len(stored(stores)) >= len(devices), 30, "the points are stored")
    assert sorted(stored(stores)) == [FIRST + number for number in range(8)]


def test_a_client_that_comes_back_through_the_other_node_ends_its_session_here(nodes, owners):
    device = owners[0].new_device("pump")
    with MqttDevice(nodes[0], device.token, client_id="pump") as half_open:
        eventually(lambda: owners[1].row(device)["status"] == "online", 30, "it is online")

        with MqttDevice(nodes[1], device.token, client_id="pump") as back:
            eventually(half_open.lost.is_set, 30, "the first node ends the old session")

            assert back.is_connected
            assert owners[0].row(device)["status"] == "online"


def test_an_export_is_downloaded_through_either_node(nodes, owners):
    device = owners[0].new_device("meter")
    with MqttDevice(nodes[0], device.token) as mqtt:
        assert mqtt.publish({"level": 7})
    eventually(lambda: len(owners[0].history(device, "level")) == 1, 30, "the reading is stored")
    now_ms = int(time.time() * 1000)
    body = {
        "device": device.id, "keys": [], "from": now_ms - 600_000, "to": now_ms, "format": "csv",
    }  # fmt: skip
    answer = owners[0].api.post("/api/exports", json=body)
    path = f"/api/exports/{answer.json()['id']}"
    eventually(lambda: owners[1].api.document(path)["state"] == "done", 60, "it is made")

    files = [owner.api.get(f"{path}/file") for owner in owners]

    assert [file.status_code for file in files] == [200, 200]
    assert files[0].text == files[1].text
    assert "level" in files[0].text


def whole(node):
    """Return what a node says of all: its status, and the status of each by name."""
    answer = node.health("deep?all=1").json()
    return answer["status"], {one["name"]: one["status"] for one in answer["nodes"]}


def test_each_node_answers_for_the_health_of_both(nodes):
    for node in nodes:
        eventually(
            lambda n=node: whole(n) == ("ok", {"node-1": "ok", "node-2": "ok"}),
            120, "both are well",
        )  # fmt: skip


def enqueues(node):
    return "waiting for the next job" in node.exec("cat", "/run/qlines/heartbeat/cron.json")


def test_a_node_is_killed_under_load_and_nothing_acknowledged_is_lost(
    stores, nodes, owners, tmp_path
):
    eventually(lambda: any(map(enqueues, nodes)), 30, "one enqueues the periodic jobs")
    lost, other = sorted(nodes, key=enqueues, reverse=True)
    assert not enqueues(other), "the other one does not"
    names = [node.exec("printenv", "QLINES_NODE").strip() for node in (lost, other)]
    loads = [
        # Devices of its own: of two messages of one device in the same microsecond, through two
        # nodes, only one is kept.
        Load(
            node.mqtt_port, [owners[0].new_device().token for _ in range(20)], tmp_path,
            "--rate", "250", "--seconds", "20",
            "--first-seq", str(FIRST + (number + 1) * 1_000_000), name=f"load-{number}",
        )
        for number, node in enumerate((lost, other))
    ]  # fmt: skip
    try:
        eventually(lambda: len(stored(stores, FIRST + 1_000_000)) > 500, 30, "readings arrive")
        lost.kill()
        loads[1].wait()
        loads[0].stop()

        eventually(
            lambda: partitions(other, "writer") == {*range(PARTITIONS)},
            MOVED_WITHIN_SECONDS, "the other node writes everything",
        )  # fmt: skip
        assert len(loads[1].acknowledged()) > 1_000
        assert_none_lost(loads[1].acknowledged(), lambda: set(map(int, stored(stores))), seconds=60)
        eventually(
            lambda: whole(other) == ("degraded", dict(zip(names, ("lost", "ok"), strict=True))),
            60, "the lost node is named",
        )  # fmt: skip
        eventually(lambda: enqueues(other), 20, "this one enqueues the periodic jobs now")

        lost.start_again()
        lost.wait_ready()
        assert_none_lost(loads[0].acknowledged(), lambda: set(map(int, stored(stores))), seconds=60)
    finally:
        for load in loads:
            load.stop()
