"""The story of a cluster: whatever dies of it, devices and people are served as by one container.

`make cluster-demo` starts docker-compose.cluster.yml as it is: three brokers of Kafka, three
members of MongoDB, two replicas of ClickHouse with ZooKeeper, Redis, all with TLS and passwords,
two nodes for devices and two for people behind the proxy. A device through either node is seen at
either page. Then devices send 500 messages a second, people and scripts ask for pages, and one
store of each kind at once, and then a node, are killed, are away, and come back: no acknowledged
message is lost, on neither replica, and nobody waits longer than 15 s for any page. In the long
stories each container dies alone.
"""

import contextlib
import itertools
import sys

import pytest
import requests

from tests.harness.cluster import CLICKHOUSE, INGEST, KAFKA, MONGODB, WEB, Cluster
from tests.harness.cluster_report import report
from tests.harness.deadline import PATIENCE, assert_none_lost, eventually, stays
from tests.harness.live_page import LivePage
from tests.harness.load_generator import Load
from tests.harness.mqtt_device import MqttDevice
from tests.harness.people import new_person

MAX_PAUSE_SECONDS = 15
MESSAGES_PER_SECOND = 500
AWAY_SECONDS, BACK_SECONDS = 15, 10
FIRST = 100_000_000
# Each sender has a range of numbers of its own.
firsts = itertools.count(FIRST, 1_000_000)

# Which one of WEB: the visitors of this story all have one address, so one answers them all.
SERVING, IDLE = "serving-web", "idle-web"
# One of each kind that no other story kills; where they are not equal, the one that has more to do.
IN_EVERY_RUN = (("kafka-1", "mongodb-1", "clickhouse-1"), (SERVING,))
ALONE = (*KAFKA, *MONGODB, *CLICKHOUSE, "zookeeper", "redis", *INGEST, IDLE)


@pytest.fixture(scope="module")
def cluster(image, proxy_image, tmp_path_factory):
    cluster = Cluster(image, proxy_image, tmp_path_factory.mktemp("cluster"))
    try:
        yield cluster.up()
    finally:
        cluster.remove()


@pytest.fixture(scope="module")
def owner(cluster):
    owner = new_person(cluster, "owner")
    # Its certificate is its own authority.
    owner.api.trust_env = False
    owner.api.verify = str(cluster.certificate())
    return owner


@pytest.mark.parametrize(("web", "ingest"), [("web-1", "ingest-2"), ("web-2", "ingest-1")])
def test_a_device_through_either_node_is_seen_at_either_page(cluster, owner, web, ingest):
    cluster.lead(people=web, devices=ingest)
    device = owner.new_device(f"pump of {web}")

    def is_known():
        with MqttDevice(None, device.token, tls_port=cluster.mqtts) as mqtt:
            return mqtt.is_connected and mqtt.publish({"level": 1})

    eventually(is_known, 30, "the node of devices knows it")
    with live_page(cluster, owner) as page:
        eventually(lambda: page.watch(device), 15, "the page watches it")
        with MqttDevice(None, device.token, tls_port=cluster.mqtts) as mqtt:
            assert mqtt.publish({"level": 2})
        page.wait_for(device, "level", 2, 20)
    sent = owner.api.post(f"/api/v1/{device.token}/telemetry", json={"level": 3})

    assert sent.status_code == 200, sent.text
    eventually(lambda: owner.value(device, "level") == 3, 20, "the page has the value")
    eventually(lambda: len(owner.history(device, "level")) >= 3, 20, "so has the chart")


def test_each_node_answers_for_the_health_of_all(cluster):
    eventually(
        lambda: cluster.whole() == ("ok", dict.fromkeys((*INGEST, *WEB), "ok")), 120, "all are well"
    )


def verifying(owner):
    """Return a session that trusts the proxy's certificate."""
    session = requests.Session()
    session.trust_env, session.verify = False, owner.api.verify
    return session


@contextlib.contextmanager
def live_page(cluster, owner):
    """Yield a browser's socket through the proxy."""
    browser = owner.new_browser()
    browser.trust_env, browser.verify = False, owner.api.verify
    browser.headers["Referer"] = cluster.url("/login")
    browser.sign_in(owner.email, owner.password)
    page = LivePage(browser, cluster.url(""))
    page.socket.eio.http = verifying(owner)
    with page:
        yield page


def assert_none_lost_on_any(cluster, first, acknowledged):
    try:
        for server in CLICKHOUSE:
            assert_none_lost(acknowledged, lambda s=server: cluster.stored(s, first), seconds=90)
    except AssertionError as error:
        raise AssertionError(f"{error}\n{report(cluster, acknowledged, first)}") from None


@pytest.fixture
def use(cluster, owner, tmp_path):
    """Return a context manager: devices and people use the cluster; then nothing may be missing."""
    cluster.lead_to_all()
    cluster.wait_well()
    devices = [owner.new_device() for _ in range(21)]
    of_mqtt, of_http = next(firsts), next(firsts)

    @contextlib.contextmanager
    def using():
        load = Load(
            cluster.mqtt_port, [device.token for device in devices[1:]], tmp_path,
            "--rate", str(MESSAGES_PER_SECOND), "--reconnect", "--seconds", "600",
            "--first-seq", str(of_mqtt),
        )  # fmt: skip
        try:
            eventually(
                lambda: len(cluster.stored(CLICKHOUSE[0], of_mqtt)) > 500, 30, "messages are stored"
            )
            with cluster.visitors(
                owner.key, devices[0].token, first=of_http, device=devices[0].id
            ) as visitors:
                yield load, visitors
            counts = load.interrupt()
        finally:
            load.stop()
        sys.stdout.write(f"{counts}\n")
        assert load.acknowledged()
        assert_none_lost_on_any(cluster, of_mqtt, load.acknowledged())
        assert_none_lost_on_any(cluster, of_http, visitors.acknowledged)

    return using


@pytest.mark.parametrize(
    "victims",
    [*IN_EVERY_RUN, *(pytest.param((victim,), marks=pytest.mark.long) for victim in ALONE)],
    ids="+".join,
)
def test_any_container_dies_under_load_and_nobody_waits_and_nothing_is_lost(cluster, use, victims):
    with use() as (load, visitors):
        if victims in ((SERVING,), (IDLE,)):
            serving = cluster.serving()
            victims = [node for node in WEB if (node == serving) == (victims == (SERVING,))]
        cluster.kill(*victims)
        stays(load.is_running, AWAY_SECONDS, "devices send")
        assert not any(map(cluster.is_running, victims)), "they are away"
        cluster.bring_back(*victims)
        # Its return is a change too: MongoDB's first member takes the lead again.
        stays(load.is_running, BACK_SECONDS, "devices send")
        cluster.wait_well()

    longest = {what: round(seconds, 1) for what, seconds in visitors.longest_waits.items()}
    failed = len(visitors.failures)
    sys.stdout.write(f"{victims}: longest waits, in seconds: {longest}, {failed} failures\n")
    assert max(longest.values()) <= MAX_PAUSE_SECONDS * PATIENCE, visitors.failures[-5:]


@pytest.mark.parametrize(("one", "other"), [CLICKHOUSE, CLICKHOUSE[::-1]])
def test_after_a_return_each_replica_has_what_is_inserted_into_the_other_one(cluster, one, other):
    """The writers may have inserted all into one, so nothing else shows a link that is cut."""
    number = next(firsts)

    cluster.insert(one, number)

    eventually(lambda: cluster.stored(other, number, 1), 60, f"{other} has fetched it")


@pytest.mark.parametrize("store", ["redis", "zookeeper"])
def test_what_is_there_once_only_is_started_again_by_itself(cluster, store):
    before = cluster.inspect(store, "{{.RestartCount}}")

    cluster.kill_process(store)

    eventually(lambda: cluster.inspect(store, "{{.RestartCount}}") != before, 30, "Docker saw it")
    eventually(lambda: cluster.is_running(store), 30, "it is back")
