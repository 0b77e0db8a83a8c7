"""The story of devices between two twins: they are moved, come back elsewhere, and lose nothing.

Fifty devices publish at QoS 1 through a proxy to side a. Side a is drained: its broker sends them
away at a limited rate, the proxy leads them to side b, and every message that a broker
has acknowledged is stored on both sides. `qlines drain` reports how many have moved, and ends when
side a carries no traffic. A device that comes back through the other side, while its old connection
looks alive, ends that one and stays connected. An export that side a has made is downloaded through
side b, and while side a cannot give it side b says where it is. Side a is lost: after a minute its
devices are shown as disconnected, and those of side b as they are.
"""

import subprocess
import time

import pytest

from tests.harness.deadline import eventually
from tests.harness.mqtt_device import MqttDevice
from tests.harness.people import Person, new_person
from tests.harness.stand_in_proxy import StandInProxy
from tests.harness.twins import Twins
from tests.scenarios.twin_devices import fleet

DEVICES, PER_SECOND = 50, 10


@pytest.fixture(scope="module")
def twins(image, network, tmp_path_factory):
    settings = {"QLINES_DRAIN_CLIENTS_PER_SECOND": str(PER_SECOND)}
    twins = Twins(network, image, tmp_path_factory.mktemp("twins"), **settings)
    try:
        yield twins
    finally:
        twins.remove()


@pytest.fixture(scope="module")
def owner(twins):
    """Return the owner at side a, after the pairing."""
    owner = new_person(twins.a.start(), "owner")
    twins.pair()
    return owner


@pytest.fixture(scope="module")
def at_b(twins, owner):
    """Return the same owner, who uses side b."""
    return Person(twins.b, owner.email, owner.password, owner.key)


@pytest.fixture(scope="module")
def proxy(twins, owner):
    proxy = StandInProxy([twins.a, twins.b]).open()
    yield proxy
    proxy.close()


PRESENCE = """
import os, sys
from qlines.clients import mongodb
from qlines.settings import Settings
from qlines.store import presence
db = mongodb.connect(Settings.from_env(os.environ).mongodb)
print(presence.of_devices(db, [sys.argv[1]])[sys.argv[1]].connected)
"""


def is_shown_connected(appliance, device):
    return appliance.exec("python", "-c", PRESENCE, device.id).strip() == "True"


def broker_heartbeat(appliance):
    return appliance.exec("cat", "/run/qlines/heartbeat/mosquitto.json")


def connections(appliance):
    """Return how many devices are connected, by the broker's heartbeat."""
    text = broker_heartbeat(appliance)
    return int(text.split('"remote_connections": ')[1].split(",")[0])


def stored(appliance):
    return {int(n) for n in appliance.numbers("SELECT DISTINCT number FROM points WHERE key = 'n'")}


def test_a_drain_moves_the_devices_and_loses_no_acknowledged_message(twins, owner, proxy):
    devices = [owner.new_device(f"sensor {number}") for number in range(DEVICES)]
    eventually(lambda: twins.b.numbers("SELECT 1") == [1], 30, "b's ClickHouse answers")
    senders = fleet.start(devices, proxy.port)
    eventually(lambda: connections(twins.a) == DEVICES, 30, "all are at a")

    began = time.monotonic()
    drained = subprocess.run(
        ["docker", "exec", twins.a.name, "qlines", "drain"],
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    took = time.monotonic() - began

    assert drained.returncode == 0, drained.stdout + drained.stderr
    lines = drained.stdout.splitlines()
    assert lines[-1] == "a carries no traffic", drained.stdout
    assert f"moved {DEVICES} of {DEVICES} devices" in lines
    assert any(line.startswith("moved ") and line != f"moved {DEVICES} of {DEVICES} devices"
               for line in lines), lines  # fmt: skip
    assert took >= DEVICES / PER_SECOND, "not faster than the rate"
    assert connections(twins.a) == 0
    eventually(lambda: connections(twins.b) == DEVICES, 30, "all are at b")
    moved_once = [sender.sessions for sender in senders] == [2] * DEVICES
    assert moved_once, [broker_heartbeat(side) for side in (twins.a, twins.b)]

    for sender in senders:
        sender.stop()
    eventually(lambda: all(sender.is_answered for sender in senders), 30, "all is acknowledged")
    acknowledged = set().union(*(sender.numbers() for sender in senders))
    assert len(acknowledged) > 10 * DEVICES
    for side in (twins.a, twins.b):
        eventually(lambda: acknowledged <= stored(side), 60, "all is stored")  # noqa: B023 - waited for at once
    for sender in senders:
        sender.close()


def test_a_device_that_comes_to_the_drained_side_is_sent_away_until_the_drain_ends(twins, owner):
    device = owner.new_device("stubborn")
    killed = twins.a.kill_program("twin")
    twins.a.wait_for_program("twin", other_than=killed)

    with MqttDevice(twins.a, device.token) as early:
        eventually(early.lost.is_set, 30, "it is sent away")
    twins.a.exec("qlines", "resume")
    twins.a.wait_ready()
    with MqttDevice(twins.a, device.token) as late:
        assert late.publish({"level": 1})
        assert all(late.publish({"level": number}) for number in range(200))


def sessions_elsewhere(side):
    """Return what the broker of a side reads about sessions at the other one."""
    return side.exec("sh", "-c", "cat /run/qlines/sessions-elsewhere 2>/dev/null || true")


def test_a_client_that_comes_back_through_the_other_side_ends_its_session_here(twins, owner, at_b):
    device = owner.new_device("pump")
    eventually(lambda: at_b.row(device) is not None, 30, "b knows the device")
    with (
        MqttDevice(twins.b, device.token, client_id="pump") as half_open,
        MqttDevice(twins.b, device.token, client_id="valve") as other,
    ):
        eventually(lambda: owner.row(device)["status"] == "online", 30, "it is online")
        # A session at b that a hears of only after the device has come to a would end that one.
        eventually(lambda: "pump" in sessions_elsewhere(twins.a), 10, "a knows of the session")
        with MqttDevice(twins.a, device.token, client_id="pump") as back:
            eventually(half_open.lost.is_set, 30, "b ends the old session", pause_seconds=0.01)

            assert is_shown_connected(twins.a, device)
            assert (back.is_connected, other.is_connected) == (True, True)
            assert back.publish({"level": 1})


def test_an_export_is_downloaded_through_the_other_side(twins, owner, at_b):
    device = owner.new_device("meter")
    with MqttDevice(twins.a, device.token) as sender:
        assert sender.publish({"level": 7})
    eventually(lambda: len(owner.history(device, "level")) == 1, 30, "a has the reading")
    now_ms = int(time.time() * 1000)
    answer = owner.api.post(
        "/api/exports",
        json={"device": device.id, "keys": [], "from": now_ms - 600_000, "to": now_ms,
              "format": "csv"},
    )  # fmt: skip
    assert answer.status_code == 202, answer.text
    path = f"/api/exports/{answer.json()['id']}"
    eventually(lambda: at_b.api.document(path)["state"] == "done", 60, "a has made it")

    there = at_b.api.get(f"{path}/file")

    assert there.status_code == 200, there.text
    assert there.text == owner.api.get(f"{path}/file").text
    assert "level" in there.text
    twins.a.supervisor("stop", "gunicorn")
    lost = at_b.api.get(f"{path}/file")
    assert lost.status_code == 503
    assert "the file is on side a, which does not answer" in lost.json()["detail"]
    twins.a.supervisor("start", "gunicorn")
    twins.a.wait_ready()


def test_devices_of_a_side_that_is_lost_are_disconnected_after_a_minute(twins, owner, at_b):
    at_lost, at_other = owner.new_device("with a"), owner.new_device("with b")
    eventually(lambda: at_b.row(at_other) is not None, 30, "b knows the devices")
    with MqttDevice(twins.a, at_lost.token), MqttDevice(twins.b, at_other.token):
        for device in (at_lost, at_other):
            eventually(lambda: is_shown_connected(twins.b, device), 30, "it is connected")  # noqa: B023 - waited for at once
        twins.a.kill()
        assert is_shown_connected(twins.b, at_lost), "it may only be slow"

        eventually(lambda: not is_shown_connected(twins.b, at_lost), 100, "a is gone")

        assert is_shown_connected(twins.b, at_other)
