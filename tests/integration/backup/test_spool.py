"""The spool of a running appliance: what waits in it is dumped, and what a backup had is stored."""

import json
import textwrap

import pytest

from tests.harness.deadline import eventually
from tests.harness.mqtt_device import MqttDevice

HERE = "/data/test-backup-spool"
PRELUDE = """
import json, os
from pathlib import Path
from backup.sources import spool as source
from qlines.clock import FakeClock
from qlines.settings import Settings
from qlines.spool.appender import SpoolAppender
from qlines.spool.frame import FrameKind
from qlines.spool.quota import SpoolQuota

LIVE = Settings.from_env(os.environ)
HERE = Path("/data/test-backup-spool")

def answer(value):
    print(json.dumps(value))
"""
# A backup of an hour earlier: the broker started, a device sent, and so did one that is gone.
MAKE_BACKUP = """
import time
clock = FakeClock(int(time.time() * 1e6) - 3_600_000_000)
folder = HERE / "mqtt"
spool = SpoolAppender(folder, sync="always", quota=SpoolQuota([folder], 0, clock), clock=clock)
spool.append(FrameKind.WRITER_STARTED, "", "", b"")
for device, payload in (("{device}", b'{{"restored": 7}}'), ("f" * 24, b'{{"gone": 1}}')):
    spool.append(FrameKind.CONNECTED, device, "", b"1.2.3.4")
    spool.append(FrameKind.MESSAGE, device, "v1/devices/me/telemetry", payload)
    spool.append(FrameKind.DISCONNECTED, device, "", b"")
spool.close()
"""


def inside(appliance, program):
    """Run a program in the container, and return what it answers."""
    text = PRELUDE + textwrap.dedent(program)
    return json.loads(appliance.exec("python3", "-c", text).splitlines()[-1])


@pytest.fixture
def folder(appliance):
    appliance.exec("mkdir", HERE)
    yield
    appliance.exec("rm", "-rf", HERE)


@pytest.fixture
def sender(appliance, alice):
    """Return a device that is connected."""
    device = alice.new_device()
    with MqttDevice(appliance, device.token) as connected:
        connected.device = device
        assert connected.publish({"before": 1})
        eventually(lambda: alice.value(device, "before") == 1, 60, "its first message is stored")
        yield connected


@pytest.fixture
def stopped(appliance, sender):
    """Stop what reads the spool and what writes to the web app's folder, until after the test."""
    appliance.supervisor("stop", "gunicorn", "ingest")
    yield
    if appliance.states()["ingest"] == "STOPPED":
        start(appliance)


def start(appliance):
    appliance.supervisor("start", "ingest", "gunicorn")
    appliance.wait_ready()


def connections(appliance):
    """Return how many connections each device has, as ingest saved it."""
    return json.loads(appliance.exec("cat", "/data/spool/ingest.json"))["connections"]["own"]


def removed(appliance):
    """Return how many frames ingest has dropped since its start, because nobody has the device."""
    heartbeat = json.loads(appliance.exec("cat", "/run/qlines/heartbeat/ingest.json"))
    return heartbeat["counters"]["removed"]


def test_what_waits_in_the_spool_is_in_its_dump(appliance, alice, folder):
    device = alice.new_device()
    appliance.supervisor("stop", "ingest")
    try:
        with MqttDevice(appliance, device.token) as sender:
            assert sender.publish({"waits": 1})

        counts, payloads = inside(
            appliance,
            """
            counts = source.dump(LIVE, HERE)
            frames = b"".join(file.read_bytes() for file in HERE.glob("mqtt/*"))
            answer([counts, frames.count(b'{"waits": 1}')])
            """,
        )
    finally:
        appliance.supervisor("start", "ingest")

    assert counts["frames in spool/mqtt"] >= 1
    assert payloads == 1
    eventually(lambda: alice.value(device, "waits") == 1, 60, "the message is stored")


def test_the_frames_of_a_backup_are_stored_and_devices_notice_nothing(
    appliance, alice, folder, sender, stopped
):
    device = sender.device

    counts = inside(
        appliance, MAKE_BACKUP.format(device=device.id) + "answer(source.restore(LIVE, HERE))"
    )
    start(appliance)

    assert counts == {"frames in spool/mqtt": 2, "frames in spool/http": 0}
    eventually(lambda: alice.value(device, "restored") == 7, 60, "the message is stored")
    eventually(lambda: removed(appliance) == 1, 30, "the message of the other device is counted")
    assert sender.publish({"after": 1})
    eventually(lambda: alice.value(device, "after") == 1, 60, "the device can send as before")
    assert connections(appliance)[device.id] == 1
