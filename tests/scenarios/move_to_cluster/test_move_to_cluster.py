"""The story of a container that outgrows its machine, and comes back.

It has past readings, users, an export and devices that send all the time, every message with an
acknowledgement. `qlines move-to` brings everything to a Kafka, MongoDB, ClickHouse and Redis in
containers of their own while it runs; it is killed in the middle and continues. The container then
starts with the settings of the target and the same volume: nothing that was acknowledged is lost or
stored twice, people are still signed in, and what was exported can be downloaded. Started with the
old settings it says where everything went. Then all of it moves back, by the same command. A target
that cannot be used is refused in one sentence, and nothing has changed.

It moves to one store of each kind without passwords, and in a second run to those of
docker-compose.cluster.yml: several of each, with TLS, users and passwords.
"""

import subprocess
import time

import pytest

from tests.harness.appliance import Appliance
from tests.harness.cluster import Cluster
from tests.harness.cluster_stores import ClusterStores
from tests.harness.deadline import assert_none_lost, eventually
from tests.harness.docker import HARDENED, CommandError
from tests.harness.load_generator import Load
from tests.harness.people import new_person
from tests.harness.shared_stores import SECRET_KEY, SharedStores

FIRST = 800_000_000
PAST_POINTS = 1_500_000
PAUSE_SECONDS = 60
PAST = (
    "INSERT INTO incoming SELECT '{device}', concat('key ', toString(number % 3)),"
    " ({now_us} - number * 10000000), 1, number, '' FROM numbers({count})"
)
KILL = """
import os
for pid in filter(str.isdecimal, os.listdir("/proc")):
    try:
        words = open(f"/proc/{pid}/cmdline", "rb").read().split(b"\\0")
    except OSError:
        continue
    if b"move-to" in words and int(pid) != os.getpid():
        os.kill(int(pid), 9)
"""


@pytest.fixture(scope="module", params=["plain", pytest.param("secured", marks=pytest.mark.long)])
def stores(request, image, network, proxy_image, tmp_path_factory):
    folder = tmp_path_factory.mktemp("stores")
    if request.param == "plain":
        yield SharedStores(network, image, folder, partitions=4)
        return
    cluster = Cluster(image, proxy_image, folder)
    try:
        yield ClusterStores(cluster.up_stores())
    finally:
        cluster.remove()


class Home:
    """The container that moves: one volume, the same ports, and other settings each time."""

    def __init__(self, image, network):
        self.options = [*HARDENED, "--network", network]
        self.image = image
        self.now = self._with(QLINES_SECRET_KEY=SECRET_KEY)

    def _with(self, **settings):
        appliance = Appliance(self.image, environment=settings, options=self.options)
        if hasattr(self, "now"):
            appliance.volume = self.now.volume
            ports = self.now.web_port, self.now.mqtt_port, self.now.health_port
            appliance.web_port, appliance.mqtt_port, appliance.health_port = ports
        return appliance

    def restart_with(self, **settings):
        self.now.stop()
        self.now.remove(keep_volume=True)
        self.now = self._with(**settings)
        return self.now


@pytest.fixture(scope="module")
def home(image, stores):
    home = Home(image, stores.network)
    try:
        home.now.start()
        if stores.authority:
            home.now.exec("sh", "-c", f"cat >{stores.authority_path}", text=stores.authority)
        yield home
    finally:
        home.now.remove()


@pytest.fixture(scope="module")
def owner(home):
    return new_person(home.now.wait_well(), "owner")


@pytest.fixture(scope="module")
def browser(owner):
    return owner.browser()


@pytest.fixture(scope="module")
def devices(owner):
    return [owner.new_device(f"sensor {number}") for number in range(10)]


@pytest.fixture(scope="module")
def past(home, devices):
    """Store readings of the last weeks; return how many."""
    now_us = time.time_ns() // 1000 - 3_600_000_000
    text = PAST.format(device=devices[0].id, now_us=now_us, count=PAST_POINTS)
    home.now.exec_sql(text)
    return PAST_POINTS


@pytest.fixture(scope="module")
def export(owner, devices, past):
    assert past
    now_ms = int(time.time() * 1000)
    body = {
        "device": devices[0].id, "keys": ["key 1"], "from": now_ms - 86_400_000, "to": now_ms,
        "format": "csv",
    }  # fmt: skip
    path = f"/api/exports/{owner.api.post('/api/exports', json=body).json()['id']}"
    eventually(lambda: owner.api.document(path)["state"] == "done", 60, "the export is made")
    return path, owner.api.get(f"{path}/file").text


def say(sentence):
    print(sentence)  # noqa: T201 - pytest shows it with -s, and when the test fails


def text_of(settings):
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def refused(home, settings):
    """Return the sentence with which the command refuses a target."""
    with pytest.raises(CommandError) as error:
        home.now.cli("move-to", "-", text=text_of(settings))
    return str(error.value)


def sent(owner, home, devices, folder, name, number):
    first = FIRST + number * 10_000_000
    return first, Load(
        home.now.mqtt_port, [device.token for device in devices], folder,
        "--rate", "300", "--seconds", "900", "--first-seq", str(first), name=name,
    )  # fmt: skip


def sequence(first):
    """Return the query for the numbers of one load."""
    between = f"BETWEEN {first} AND {first + 9_999_999}"
    return f"SELECT number FROM readings WHERE key = 'seq' AND number {between}"


def assert_none_lost_or_doubled(load, first, numbers, seconds=90):
    acknowledged = load.acknowledged()
    assert len(acknowledged) > 1_000
    query = sequence(first)
    assert_none_lost(acknowledged, lambda: set(map(int, numbers(query))), seconds=seconds)
    stored = numbers(query)
    assert len(stored) == len(set(stored)), "no message is stored twice"


def past_of(numbers, device):
    query = (
        f"SELECT sum(cityHash64(device, key, ts, number)) % 1000000007 FROM readings"
        f" WHERE device = '{device.id}' AND key LIKE 'key %'"
    )
    return numbers(query)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"QLINES_CLICKHOUSE": "nowhere:9000"}, "the target cannot be used: clickhouse does not"),
        ({"QLINES_SECRET_KEY": "another key than that here"}, "QLINES_SECRET_KEY of the target"),
        ({"QLINES_ROLES": "all"}, "out of QLINES_ROLES"),
        ({"QLINES_KAFKAA": "kafka:9092"}, "QLINES_KAFKAA is not a QLines setting"),
    ],
)
def test_a_target_that_cannot_be_used_is_refused_in_a_sentence(home, stores, change, sentence):
    assert sentence in refused(home, stores.settings("node-1") | change)
    assert home.now.cli("move-to", "--status")["phase"] is None
    assert home.now.states()["ingest"] == "RUNNING"


def test_a_target_that_does_not_accept_the_password_is_refused(home, stores):
    sentence = refused(home, stores.with_wrong_password("node-1"))

    assert "it does not accept the user and the password in QLINES_CLICKHOUSE" in sentence


def test_a_target_that_has_other_data_is_refused(home, stores, devices):
    home.now.cli("move-to", "-", "--copy", text=text_of(stores.settings("node-1")), seconds=300)
    record = home.now.exec("cat", "/data/moving/record.json")
    home.now.exec("rm", "/data/moving/record.json")

    sentence = refused(home, stores.settings("node-1"))

    assert "the target must have no data of QLines" in sentence
    home.now.exec("sh", "-c", "cat >/data/moving/record.json", text=record)
    assert home.now.cli("move-to", "--abandon")["phase"] == "abandoned"


def test_everything_moves_under_load_and_a_kill_in_the_middle_loses_nothing(
    home, stores, owner, browser, devices, past, export, tmp_path
):
    before = past_of(home.now.numbers, devices[0])
    settings = stores.settings("node-1")
    first, load = sent(owner, home, devices, tmp_path, "there", 1)
    try:
        killed_in_the_middle(home, settings)
        began = time.monotonic()
        record = home.now.cli("move-to", "-", text=text_of(settings), seconds=600)
        took = time.monotonic() - began
        assert record["phase"] == "moved"
        assert record["copied"] >= past
        assert record["pause_seconds"] < PAUSE_SECONDS
        refuses_the_old_settings(home, f"kafka {stores.kafka}")

        restarted = time.monotonic()
        home.restart_with(**settings).start()
        away = record["pause_seconds"] + time.monotonic() - restarted
        say(f"moved in {took:.1f} s, paused {record['pause_seconds']} s, away {away:.1f} s")
        eventually(lambda: owner.value(devices[1], "seq"), 30, "the page has values")
        load.interrupt()
        assert_none_lost_or_doubled(load, first, stores.numbers)
    finally:
        load.stop()
    assert past_of(stores.numbers, devices[0]) == before
    assert_all_is_here(owner, browser, devices, export)


def is_copying(home):
    status = home.now.cli("move-to", "--status")
    return status["phase"] == "copying" and status["copied"] > PAST_POINTS / 20


def killed_in_the_middle(home, settings):
    command = ["docker", "exec", "-i", home.now.name, "qlines", "move-to", "-"]
    running = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True
    )  # fmt: skip
    running.stdin.write(text_of(settings))
    running.stdin.close()
    eventually(lambda: is_copying(home), 120, "points are copied")
    home.now.exec("python3", "-c", KILL)
    assert running.wait(30) != 0
    assert home.now.cli("move-to", "--status")["phase"] == "copying"


def refuses_the_old_settings(home, place):
    old = home.now
    assert place in old.exec("cat", "/data/moving/record.json").replace('": "', " ")
    moved = f"everything has moved to {place}"
    eventually(lambda: moved in old.health("ready").json()["reason"], 30, "it says so")
    assert old.health("ready").json()["status"] == "moving"
    old.stop()
    old.start_again()
    assert old.exit_status() == 2
    assert f"its data have moved to {place}" in old.logs(20)


def assert_all_is_here(owner, browser, devices, export):
    path, text = export
    assert browser.get("/devices").url.endswith("/devices"), "the session continues"
    assert owner.browser().get("/account").status_code == 200, "the password works"
    assert {row["name"] for row in owner.api.document("/api/data", per_page=100)["items"]} == {
        device.name for device in devices
    }
    assert owner.api.get(f"{path}/file").text == text


def test_and_back_by_the_same_command(home, stores, owner, browser, devices, export, tmp_path):
    before = past_of(stores.numbers, devices[0])
    newer = owner.new_device("added at the cluster")
    settings = {"QLINES_SECRET_KEY": SECRET_KEY}
    first, load = sent(owner, home, devices, tmp_path, "back", 2)
    try:
        eventually(lambda: len(stores.numbers(sequence(first))) > 500, 60, "messages arrive")
        began = time.monotonic()
        record = home.now.cli("move-to", "-", text=text_of(settings), seconds=600)
        say(f"back in {time.monotonic() - began:.1f} s, paused {record['pause_seconds']} s")
        assert record["phase"] == "moved"
        assert record["pause_seconds"] < PAUSE_SECONDS
        home.restart_with(**settings).start()
        eventually(lambda: owner.value(devices[1], "seq"), 30, "the page has values")
        load.interrupt()
        assert_none_lost_or_doubled(load, first, home.now.numbers)
    finally:
        load.stop()
    assert past_of(home.now.numbers, devices[0]) == before
    assert_all_is_here(owner, browser, [*devices, newer], export)
    home.now.wait_well()
