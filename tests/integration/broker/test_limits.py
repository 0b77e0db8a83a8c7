"""Limits that protect neighbours: too much is slowed or refused, and its owner sees why."""

import itertools
import time

import pytest

from qlines.spool.frame import FrameKind
from tests.harness.deadline import PATIENCE, eventually
from tests.harness.load_generator import Load
from tests.integration.broker.broker import IGNORE_LEAKS
from tests.integration.broker.raw_mqtt import PINGRESP, PUBACK, ClosedError, RawDevice

BURST_SECONDS = 5
OTHER_OWNER = "b" * 24


def limited(broker, device):
    """Return the lines for the owner of a device about limits."""
    frames = broker.frames(FrameKind.LIMITED)
    return [frame.payload.decode() for frame in frames if frame.device == device]


def send(broker, token, count):
    """Publish one message after the other and return how long that took."""
    started = time.monotonic()
    with RawDevice(broker) as device:
        assert device.connect(token) == 0
        for number in range(1, count + 1):
            device.publish(b'{"x":1}', message_id=number)
            device.read_type(PUBACK)
    return time.monotonic() - started


def flood(broker, token, folder, *options):
    return Load(
        broker.mqtt_port, [token], folder, "--seconds", "6", "--inflight", "50", *options,
        name=f"flood-{token}",
    )  # fmt: skip


def test_a_device_over_its_limit_is_slowed_and_its_neighbour_is_not(idle_broker, tmp_path):
    loud, quiet = idle_broker.add_device("loud"), idle_broker.add_device("quiet")
    idle_broker.start(QLINES_DEVICE_MESSAGES_PER_SECOND="200")

    load = flood(idle_broker, "loud", tmp_path)
    eventually(lambda: idle_broker.counter("limited_by_device") > 0, 20, "the device is slowed")
    seconds = send(idle_broker, "quiet", 200)
    load.wait()

    acknowledged = load.acknowledged()
    assert len(acknowledged) <= 200 * (6 + BURST_SECONDS + 2)
    assert len(idle_broker.messages(loud)) >= len(acknowledged)
    assert len(idle_broker.messages(quiet)) == 200
    assert seconds < 6 * PATIENCE
    (line,) = limited(idle_broker, loud)
    assert "more than 200 messages a second" in line
    assert limited(idle_broker, quiet) == []


def test_values_are_limited_as_messages_are(idle_broker, tmp_path):
    loud = idle_broker.add_device("loud")
    idle_broker.start(QLINES_DEVICE_POINTS_PER_SECOND="1000")

    load = flood(idle_broker, "loud", tmp_path, "--points", "10")
    load.wait()

    assert len(load.acknowledged()) <= 100 * (6 + BURST_SECONDS + 2)
    assert "more than 1000 values a second" in limited(idle_broker, loud)[0]


def many_values(count):
    return b"{%s}" % b",".join(b'"%d":1' % number for number in range(count))


def test_a_pause_is_no_longer_than_the_keepalive(idle_broker):
    idle_broker.add_device("brief")
    idle_broker.start(QLINES_DEVICE_POINTS_PER_SECOND="10")

    with RawDevice(idle_broker) as device:
        assert device.connect("brief", keepalive=2) == 0
        device.publish(many_values(500))  # 45 s to pay
        device.read_type(PUBACK)
        device.send(b"\xc0\x00")
        device.read_type(PINGRESP)  # within the seconds that the socket waits


def test_who_owes_more_than_a_minute_is_disconnected_without_an_acknowledgement(idle_broker):
    greedy = idle_broker.add_device("greedy")
    idle_broker.start(QLINES_DEVICE_POINTS_PER_SECOND="10")

    with (
        RawDevice(idle_broker) as one,
        RawDevice(idle_broker) as two,
        RawDevice(idle_broker) as new,
    ):
        assert [one.connect("greedy", "one"), two.connect("greedy", "two")] == [0, 0]
        one.publish(many_values(1000))
        one.read_type(PUBACK)
        two.publish(b'{"x":1}')
        with pytest.raises(ClosedError):
            two.read_type(PUBACK)
        assert new.connect("greedy", "new") == 3

    assert len(idle_broker.messages(greedy)) == 1
    assert "more than 10 values a second" in limited(idle_broker, greedy)[0]


def test_an_owner_over_the_limit_is_slowed_and_another_owner_is_not(idle_broker, tmp_path):
    for token in ("one", "two", "three"):
        idle_broker.add_device(token)
    other = idle_broker.add_device("other", owner=OTHER_OWNER)
    idle_broker.start(QLINES_OWNER_MESSAGES_PER_SECOND="200")

    loads = [flood(idle_broker, token, tmp_path) for token in ("one", "two", "three")]
    eventually(lambda: idle_broker.counter("limited_by_owner") > 0, 20, "the owner is slowed")
    send(idle_broker, "other", 300)
    sent = sum(load.wait()["acknowledged"] for load in loads)

    assert sent <= 200 * (6 + BURST_SECONDS + 3)
    assert len(idle_broker.messages(other)) == 300
    assert limited(idle_broker, other) == []


def test_reconnecting_resets_no_limit(idle_broker):
    device = idle_broker.add_device("loud")
    idle_broker.start(QLINES_DEVICE_MESSAGES_PER_SECOND="5")

    codes = []
    for _ in range(20):
        with RawDevice(idle_broker) as connection:
            codes.append(connection.connect("loud"))
    eventually(lambda: idle_broker.counter("connections") == 0, 10, "all connections have ended")

    assert codes[0] == 0
    assert codes[-1] == 3
    assert "connects too often" in limited(idle_broker, device)[0]


def paused(broker, token):
    """Connect, publish more than is allowed, and return the connection once it is paused."""
    connection = RawDevice(broker)
    assert connection.connect(token) == 0
    before = broker.counter("limited_by_device")
    for number in range(1, 2000):
        connection.publish(b"{}", message_id=number)
    eventually(lambda: broker.counter("limited_by_device") > before, 10, "it is paused")
    return connection


def test_a_paused_device_can_leave_and_be_kicked(idle_broker):
    idle_broker.add_device("gone")
    kicked = idle_broker.add_device("kicked")
    idle_broker.start(QLINES_DEVICE_MESSAGES_PER_SECOND="40")

    paused(idle_broker, "gone").close()
    connection = paused(idle_broker, "kicked")
    idle_broker.open_registry().change([], [kicked])

    eventually(lambda: idle_broker.counter("connections") == 0, 60, "both sessions have ended")
    assert idle_broker.counter("paused") == 0
    connection.close()


def test_a_device_has_at_most_so_many_connections(idle_broker, version):
    device = idle_broker.add_device("many")
    idle_broker.start(QLINES_DEVICE_CONNECTIONS="2")
    connections = [RawDevice(idle_broker, version=version) for _ in range(5)]

    assert [connections[n].connect("many", f"client {n}") for n in range(2)] == [0, 0]
    assert connections[2].connect("many", "client 2") == (0x97 if version == 5 else 3)
    assert connections[3].connect("many", "client 1") == 0  # takes over its own session
    connections[0].close()
    eventually(lambda: idle_broker.counter("connections") == 1, 10, "one connection has ended")

    assert connections[4].connect("many", "client 4") == 0
    assert idle_broker.counter("refused_connections") == 1
    assert "the device has 2 connections" in limited(idle_broker, device)[0]
    for connection in connections:
        connection.close()


def test_the_kernel_probes_a_connection_that_has_no_keepalive(idle_broker):
    idle_broker.add_device("silent")
    idle_broker.start()

    with RawDevice(idle_broker) as device:
        assert device.connect("silent", keepalive=0) == 0
        lines = [line.split() for line in idle_broker.exec("cat", "/proc/net/tcp").splitlines()]

    # Of each line: the own port (1883), 01 for established, and 02 for a timer of probes.
    accepted = [line[5][:2] for line in lines if line[1].endswith(":075B") and line[3] == "01"]
    assert accepted == ["02"]


def test_a_connection_has_at_most_a_hundred_subscriptions(broker, connected, device_id, version):
    device = connected(version=version)
    topics = (f"v1/devices/me/rpc/response/{number}" for number in itertools.count())

    codes = [device.subscribe(next(topics)) for _ in range(101)]

    assert codes[:100] == [1] * 100
    assert codes[100] == (0x87 if version == 5 else 0x80)
    eventually(lambda: broker.counter("refused_subscriptions") == 1, 5, "it is counted")
    assert "100 subscriptions" in limited(broker, device_id)[0]


def test_a_device_keeps_at_most_sixteen_sessions(broker, connected, device_id):
    def reconnects(number):
        connected("alice", f"client {number}", clean=False).close()
        eventually(lambda: broker.counter("connections") == 0, 10, "the connection has ended")
        return connected("alice", f"client {number}", clean=False).session_present

    present = [reconnects(number) for number in range(17)]

    assert present == [True] * 16 + [False]
    eventually(lambda: broker.counter("sessions_not_kept") == 2, 5, "it is counted")


@pytest.mark.parametrize("value", ["many", "-1", "99999999"])
def test_an_invalid_limit_stops_the_broker_with_one_sentence(idle_broker, value):
    idle_broker.open_registry()
    idle_broker.start(wait=False, QLINES_DEVICE_MESSAGES_PER_SECOND=value, **IGNORE_LEAKS)

    eventually(
        lambda: "QLINES_DEVICE_MESSAGES_PER_SECOND must be a whole number" in idle_broker.logs(),
        10, "it says what is wrong",
    )  # fmt: skip
