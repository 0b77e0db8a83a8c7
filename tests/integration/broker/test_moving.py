"""A drained side sends its devices away at a limited rate, and ends sessions taken up elsewhere."""

import os
import time

import pytest

from qlines.spool.frame import FrameKind
from tests.harness.deadline import PATIENCE, eventually
from tests.integration.broker.broker import CONFIGURATION, Broker
from tests.integration.broker.raw_mqtt import DISCONNECT, PUBACK, ClosedError, RawDevice

SERVER_SHUTTING_DOWN = 0x8B


def move(broker, per_second, *, seconds_ago=0):
    """Give the order; the broker may look at any moment, so it appears with its age."""
    order = broker.run_dir / "order"
    order.write_text(f"{per_second}\n")
    given_at = time.time() - seconds_ago
    os.utime(order, (given_at, given_at))
    order.rename(broker.run_dir / "move-clients")


def connect_elsewhere(broker, client_id, before_us):
    (broker.run_dir / "sessions-elsewhere").write_text(f"{before_us} {client_id}\n")


def now_us():
    return time.time_ns() // 1000


def acknowledged_until_closed(device):
    count = 0
    while True:
        try:
            device.publish(str(count).encode(), message_id=count % 0xFFFF + 1)
            device.read_type(PUBACK)
        except ClosedError:
            return count
        count += 1


def is_open(device):
    device.ping()
    return True


@pytest.fixture
def side_b(broker_image, tmp_path):
    """Return the broker of side b of a pairing."""
    configuration = tmp_path / "mosquitto.conf"
    text = CONFIGURATION.read_text()
    configuration.write_text(
        text.replace("plugin_opt_data_dir", "plugin_opt_side b\nplugin_opt_data_dir")
    )
    broker = Broker(broker_image, tmp_path / "b", configuration)
    broker.open_registry()
    yield broker.start()
    broker.remove()


def test_devices_are_sent_away_at_the_rate(broker, connected):
    for number in range(40):
        broker.add_device(f"token {number}")
    devices = [connected(f"token {number}") for number in range(40)]
    eventually(lambda: broker.counter("remote_connections") == 40, 5, "all are counted")

    began = time.monotonic()
    move(broker, 20)
    assert all(device.is_closed_by_the_broker() for device in devices)

    assert 1.5 < time.monotonic() - began < 4 * PATIENCE
    eventually(lambda: broker.counter("moved") == 40, 5, "they are counted")
    assert broker.counter("remote_connections") == 0
    assert "moving the devices" in broker.heartbeat()["sentence"]


def test_the_device_and_its_owner_learn_why(broker, connected, device_id, version):
    device = connected(version=version)

    move(broker, 100)

    if version == 5:
        assert device.read_type(DISCONNECT)[0] == SERVER_SHUTTING_DOWN
    assert device.is_closed_by_the_broker()
    eventually(lambda: "drained" in broker.last_presence(device_id)[1], 5, "the owner reads it")


def test_what_was_acknowledged_is_in_the_spool_and_the_rest_can_be_sent_again(
    broker, connected, device_id
):
    device = connected()
    move(broker, 5)

    acknowledged = acknowledged_until_closed(device)

    stored = [int(payload) for _, payload in broker.messages(device_id)]
    assert set(range(acknowledged)) <= set(stored)


def test_a_device_that_comes_back_is_sent_away_again(broker, connected, device_id):
    move(broker, 100)

    for _ in range(3):
        assert connected().is_closed_by_the_broker()


@pytest.mark.parametrize("text", ["", "0\n", "many\n"])
def test_without_a_valid_rate_the_devices_stay(broker, connected, device_id, text):
    device = connected()
    (broker.run_dir / "move-clients").write_text(text)
    written = broker.heartbeat()["beat_at"]

    eventually(lambda: broker.heartbeat()["beat_at"] > written + 2, 10, "two seconds go by")

    assert is_open(device)


def test_a_rate_that_nobody_renews_ends(broker, connected, device_id):
    move(broker, 100, seconds_ago=10)
    device = connected()
    written = broker.heartbeat()["beat_at"]

    eventually(lambda: broker.heartbeat()["beat_at"] > written + 2, 10, "two seconds go by")

    assert is_open(device)


def test_a_session_older_than_the_one_elsewhere_ends(broker, connected, device_id):
    half_open, other = connected(client_id="pump"), connected(client_id="valve")

    connect_elsewhere(broker, f"{device_id}/pump", now_us())

    assert half_open.is_closed_by_the_broker()
    assert is_open(other)
    assert broker.last_presence(device_id)[0] == "connected"
    eventually(lambda: broker.counter("taken_over") == 1, 5, "it is counted")


def test_a_session_that_began_later_stays(broker, connected, device_id):
    before_us = now_us()
    later, older = connected(client_id="pump"), connected(client_id="valve")

    (broker.run_dir / "sessions-elsewhere").write_text(
        f"{before_us} {device_id}/pump\n{now_us()} {device_id}/valve\n"
    )

    assert older.is_closed_by_the_broker()
    assert is_open(later)


def test_the_owner_learns_that_the_device_is_elsewhere(broker, connected, device_id):
    connected(client_id="pump")

    connect_elsewhere(broker, f"{device_id}/pump", now_us())

    eventually(
        lambda: broker.last_presence(device_id)[1] == "the device connected to another broker",
        5,
        "the owner reads it",
    )


def test_a_side_of_a_pairing_notes_each_session_with_its_client_id(side_b):
    device_id = side_b.add_device("alice")
    with RawDevice(side_b) as first, RawDevice(side_b) as second:
        assert first.connect("alice", "pump 1") == second.connect("alice", "pump 2") == 0

        found = side_b.frames(FrameKind.SESSION_STARTED)

    assert [(frame.device, frame.topic) for frame in found] == [
        (device_id, f"{device_id}/pump 1"), (device_id, f"{device_id}/pump 2"),
    ]  # fmt: skip


def test_a_broker_without_a_twin_notes_none(broker, connected, device_id):
    connected(client_id="pump 1")

    assert broker.frames(FrameKind.SESSION_STARTED) == []
