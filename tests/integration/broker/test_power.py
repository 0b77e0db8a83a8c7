"""What was acknowledged survives a kill; times rise over restarts; torn tails are harmless."""

import itertools
import re
import time

import pytest

from qlines.spool import segments
from qlines.spool.frame import Frame, FrameKind, encode
from tests.harness.deadline import eventually
from tests.harness.docker import run
from tests.harness.load_generator import Load
from tests.integration.broker.raw_mqtt import PUBACK, RawDevice


def numbers_in(broker):
    pattern = re.compile(rb'"seq":(\d+)')
    return {int(pattern.search(payload).group(1)) for _, payload in broker.messages()}


def publishes(broker, payload=b"1"):
    with RawDevice(broker) as device:
        assert device.connect("alice") == 0
        device.publish(payload)
        device.read_type(PUBACK)


def is_rising(times):
    return all(before < after for before, after in itertools.pairwise(times))


@pytest.mark.parametrize("sync", ["interval", "always"])
def test_a_killed_broker_loses_nothing_that_it_acknowledged(idle_broker, tmp_path, sync):
    tokens = [f"token {number}" for number in range(20)]
    for token in tokens:
        idle_broker.add_device(token)
    idle_broker.start(QLINES_SPOOL_SYNC=sync)
    load = Load(
        idle_broker.mqtt_port, tokens, tmp_path,
        "--rate", "2000", "--messages", "12000", "--reconnect",
    )  # fmt: skip

    for _ in range(3):
        seen = len(idle_broker.messages())
        eventually(lambda count=seen: len(idle_broker.messages()) > count + 1000, 30, "it sends")
        idle_broker.kill()
        idle_broker.restart()

    counts = load.wait()
    assert counts["acknowledged"] == counts["sent"]
    assert counts["reconnects"] > 0
    assert load.acknowledged() <= numbers_in(idle_broker)
    assert is_rising([frame.time_us for frame in idle_broker.frames()])


def test_times_are_even_and_rise_over_restarts(broker, device_id):
    for _ in range(3):
        publishes(broker)
        broker.stop()
        broker.restart()

    times = [frame.time_us for frame in broker.frames()]
    assert len(times) >= 3 * 3
    assert is_rising(times)
    assert all(time_us % 2 == 0 for time_us in times)


def test_a_last_frame_far_ahead_of_the_clock_is_not_followed(idle_broker):
    """The last frame is decades ahead, as after a clock that was set wrong."""
    idle_broker.add_device("alice")
    idle_broker.spool.mkdir(parents=True)
    ahead_us = 4_000_000_000_000_001
    frame = encode(Frame(ahead_us, FrameKind.MESSAGE, "d", "t", b"p"))
    segments.path_of(idle_broker.spool, 7).write_bytes(frame)
    segments.path_of(idle_broker.spool, 8).write_bytes(b"")
    run("chmod", "-R", "a+rwX", str(idle_broker.data))

    idle_broker.start()
    publishes(idle_broker)

    first, *later = [frame.time_us for frame in idle_broker.frames()]
    assert first == ahead_us
    assert is_rising(later)
    assert all(abs(time_us / 1e6 - time.time()) < 60 for time_us in later)
    assert segments.numbers(idle_broker.spool) == [7, 8, 9]
    warning = "behind the newest frame of the spool: continuing with the clock's time"
    eventually(lambda: warning in idle_broker.logs(), 5, "it logs a warning")
    assert idle_broker.logs().count(warning) == 1


def test_a_torn_tail_is_left_to_the_reader(broker, device_id):
    publishes(broker)
    broker.stop()
    (number,) = segments.numbers(broker.spool)
    tail = segments.path_of(broker.spool, number)
    whole = broker.frames()
    tail.write_bytes(tail.read_bytes() + encode(whole[-1])[:-1])

    broker.restart()
    publishes(broker)

    assert segments.numbers(broker.spool) == [number, number + 1]
    assert len(broker.messages(device_id)) == 2
    assert is_rising([frame.time_us for frame in broker.frames()])


def test_a_new_segment_is_above_the_readers_cursor(broker, device_id):
    broker.stop()
    (number,) = segments.numbers(broker.spool)
    segments.path_of(broker.spool, number).unlink()
    (broker.spool / "cursor").write_text("57 123\n")

    broker.restart()

    assert segments.numbers(broker.spool) == [58]


def test_a_segment_ends_at_16_mebibytes(broker, connected, device_id):
    device = connected()

    for _ in range(300):
        device.publish(b"x" * 60_000)
        device.read_type(PUBACK)

    sizes = [file.stat().st_size for file in sorted(broker.spool.glob("*.seg"))]
    assert len(sizes) == 2
    assert 16 * 2**20 - 61_000 < sizes[0] <= 16 * 2**20
    assert len(broker.messages(device_id)) == 300


def test_it_starts_a_new_segment_when_its_own_was_deleted(broker, connected, device_id):
    device = connected()
    device.publish(b"1")
    device.read_type(PUBACK)
    for file in broker.spool.glob("*.seg"):
        file.unlink()

    broker.wait_for_heartbeat()
    device.publish(b"2")
    device.read_type(PUBACK)

    assert [payload for _, payload in broker.messages(device_id)] == [b"2"]


def test_it_exits_with_status_0_when_stopped(broker, connected):
    connected().publish(b"1")

    assert broker.stop() == 0
