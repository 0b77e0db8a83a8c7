"""When there is no room the broker refuses, and goes on by itself when there is."""

import os

import pytest

from qlines.spool.frame import FrameKind
from qlines.spool.reader import SpoolReader
from tests.harness.deadline import eventually
from tests.integration.broker.raw_mqtt import ClosedError, RawDevice

CHUNK = b"x" * 60_000
# mosquitto itself leaks what it has read of its configuration when a plugin does not start.
NO_LEAKS_ASKED = {"ASAN_OPTIONS": "detect_leaks=0"}


def is_taken(broker, version=4, payload=CHUNK, qos=1):
    """Connect, publish, and tell whether the acknowledgement came; a refusal must close."""
    with RawDevice(broker, version=version) as device:
        assert device.connect("alice") == 0
        device.publish(payload, qos=qos)
        try:
            kind, _, body = device.read()
        except ClosedError:
            return False
        if kind == 14:
            assert body == b"\x97"
            assert device.is_closed_by_the_broker()
            return False
        return True


def fill(broker):
    """Publish until the first refusal; return how many were taken."""
    for count in range(200):
        if not is_taken(broker):
            return count
    raise AssertionError("the limit was never reached")


@pytest.fixture
def limited(idle_broker):
    """Return a broker whose spool may hold 2 MB."""
    idle_broker.add_device("alice")
    return idle_broker.start(QLINES_SPOOL_LIMIT_MB="2")


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("qos", [1, 2])
def test_it_refuses_above_the_limit(limited, version, qos):
    taken = fill(limited)

    assert 30 <= taken <= 35
    assert not is_taken(limited, version, qos=qos)
    assert len(limited.messages()) == taken
    assert sum(file.stat().st_size for file in limited.spool.glob("*.seg")) <= 2 * 2**20


def test_it_goes_on_when_the_reader_has_made_room(limited):
    taken = fill(limited)
    reader = SpoolReader(limited.spool, keep_bytes=0)
    read = 0
    while frames := reader.read(1 << 20):
        read += sum(frame.kind == FrameKind.MESSAGE for frame in frames)
    reader.commit(reader.position)
    reader.delete_expired(reader.position)
    reader.close()

    assert read == taken
    eventually(lambda: is_taken(limited), 5, "there is room again")
    eventually(lambda: limited.heartbeat()["sentence"] == "takes messages", 5, "it says so")


def test_it_says_so_in_a_line_a_second(limited):
    fill(limited)
    before = len(limited.logs().splitlines())

    for _ in range(200):
        assert not is_taken(limited)

    limited.wait_until_it_turns()
    lines = limited.logs().splitlines()[before:]
    assert 1 <= len(lines) <= 20
    assert all(
        "messages because the spool is full: free space below /data" in line for line in lines
    )
    assert "full" in limited.heartbeat()["sentence"]
    assert limited.counter("refused_limit") >= 200


def test_presence_is_right_again_afterwards(limited):
    device_id = limited.add_device("alice")
    fill(limited)
    while is_taken(limited, payload=b"x" * 900):
        pass  # fill the gaps that the larger ones have left, too
    with RawDevice(limited) as device:
        assert device.connect("alice", "while it was full") == 0
        reader = SpoolReader(limited.spool, keep_bytes=0)
        while reader.read(1 << 20):
            pass
        reader.commit(reader.position)
        reader.delete_expired(reader.position)
        reader.close()

        eventually(
            lambda: (
                [frame.kind for frame in limited.frames()][-2:]
                == [FrameKind.WRITER_STARTED, FrameKind.CONNECTED]
            ),
            5,
            "it says again who is there",
        )
        assert limited.last_presence(device_id)[0] == "connected"


@pytest.mark.parametrize("megabytes", [100])
def test_it_leaves_64_mebibytes_of_a_small_disk_free(idle_broker, megabytes, tmp_path):
    idle_broker.add_device("alice")
    idle_broker.start(
        "--mount", "type=tmpfs,destination=/data/spool,tmpfs-mode=1777,"
        f"tmpfs-size={megabytes * 2**20}",
    )  # fmt: skip
    assert is_taken(idle_broker)

    idle_broker.exec("dd", "if=/dev/zero", "of=/data/spool/ballast", "bs=1M", "count=50")
    eventually(lambda: not is_taken(idle_broker), 5, "the disk is almost full")
    idle_broker.exec("rm", "/data/spool/ballast")
    eventually(lambda: is_taken(idle_broker), 5, "there is room again")


def test_a_write_that_fails_is_not_acknowledged_and_leaves_no_torn_frame(idle_broker):
    """RLIMIT_FSIZE makes write(2) fail in the middle of a frame, as a full disk does."""
    idle_broker.add_device("alice")
    idle_broker.start("--ulimit", "fsize=1000000")

    taken = 0
    for _ in range(40):
        taken += is_taken(idle_broker)

    assert 16 <= taken < 40
    assert len(idle_broker.messages()) == taken
    idle_broker.wait_until_it_turns()
    assert idle_broker.counter("refused_failed") > 0
    assert "could not be written to the spool: " in idle_broker.logs()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("QLINES_SPOOL_LIMIT_MB", "many"),
        ("QLINES_SPOOL_LIMIT_MB", "-1"),
        ("QLINES_SPOOL_LIMIT_MB", "1.5"),
        ("QLINES_SPOOL_SYNC", "sometimes"),
    ],
)
def test_it_does_not_start_with_a_setting_that_makes_no_sense(idle_broker, name, value):
    idle_broker.start(wait=False, **NO_LEAKS_ASKED, **{name: value})

    eventually(lambda: f"got '{value}'" in idle_broker.logs(), 10, "it says what is wrong")
    assert f"{name} must be " in idle_broker.logs()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make a folder that others cannot write")
def test_it_does_not_start_without_a_spool_that_it_may_write(idle_broker):
    (idle_broker.data / "spool").mkdir()
    (idle_broker.data / "spool" / "mqtt").mkdir()

    idle_broker.start(wait=False, **NO_LEAKS_ASKED)

    sentence = "the spool /data/spool/mqtt must be writable: Permission denied"
    eventually(lambda: sentence in idle_broker.logs(), 10, "it says what is wrong")
