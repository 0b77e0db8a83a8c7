"""When the spool is full the broker refuses messages until there is space again."""

import os

import pytest

from qlines.spool.frame import FrameKind
from qlines.spool.reader import SpoolReader
from tests.harness.deadline import eventually
from tests.integration.broker.broker import IGNORE_LEAKS
from tests.integration.broker.raw_mqtt import ClosedError, RawDevice

CHUNK = b"x" * 60_000


def is_accepted(broker, version=4, payload=CHUNK, qos=1):
    """Connect, publish, and return whether it was acknowledged; a refusal must close."""
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
    """Publish until the first refusal; return how many messages were accepted."""
    for count in range(200):
        if not is_accepted(broker):
            return count
    raise AssertionError("the quota was never reached")


def read_all(broker):
    """Read, commit and delete all segments but the newest; return the number of messages."""
    reader = SpoolReader(broker.spool, max_retained_bytes=0)
    count = 0
    while frames := reader.read(1 << 20):
        count += sum(frame.kind == FrameKind.MESSAGE for frame in frames)
    reader.commit(reader.position)
    reader.delete_expired(reader.position)
    return count


@pytest.fixture
def limited(idle_broker):
    """Return a broker with a quota of 2 MB, and without the limit that 60,000 bytes would reach."""
    idle_broker.add_device("alice")
    return idle_broker.start(QLINES_SPOOL_LIMIT_MB="2", QLINES_DEVICE_POINTS_PER_SECOND="0")


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("qos", [1, 2])
def test_it_refuses_above_the_quota(limited, version, qos):
    accepted = fill(limited)

    assert 30 <= accepted <= 35
    assert not is_accepted(limited, version, qos=qos)
    assert len(limited.messages()) == accepted
    assert sum(file.stat().st_size for file in limited.spool.glob("*.seg")) <= 2 * 2**20


def test_it_accepts_messages_again_when_the_reader_has_freed_space(limited):
    accepted = fill(limited)

    assert read_all(limited) == accepted
    eventually(lambda: is_accepted(limited), 5, "there is space again")
    eventually(
        lambda: limited.heartbeat()["sentence"] == "accepting messages", 5, "so does the heartbeat"
    )


def test_it_logs_refused_messages_in_one_line_per_second(limited):
    fill(limited)
    before = len(limited.logs().splitlines())

    for _ in range(200):
        assert not is_accepted(limited)

    limited.wait_for_heartbeat()
    lines = limited.logs().splitlines()[before:]
    assert 1 <= len(lines) <= 20
    assert all("messages: the spool is full; free space in /data" in line for line in lines)
    assert "full" in limited.heartbeat()["sentence"]
    assert limited.counter("refused_over_quota") >= 200


def test_presence_is_repaired_afterwards(limited):
    device_id = limited.add_device("alice")
    fill(limited)
    while is_accepted(limited, payload=b"x" * 900):
        pass  # also fill the rest, which is too small for larger messages
    with RawDevice(limited) as device:
        assert device.connect("alice", "while it was full") == 0
        read_all(limited)

        eventually(
            lambda: (
                [frame.kind for frame in limited.frames()][-2:]
                == [FrameKind.WRITER_STARTED, FrameKind.CONNECTED]
            ),
            5,
            "the broker writes all presence again",
        )
        assert limited.last_presence(device_id)[0] == "connected"


@pytest.mark.parametrize("megabytes", [100])
def test_it_leaves_64_mebibytes_of_a_small_disk_free(idle_broker, megabytes, tmp_path):
    idle_broker.add_device("alice")
    idle_broker.start(
        "--mount", "type=tmpfs,destination=/data/spool,tmpfs-mode=1777,"
        f"tmpfs-size={megabytes * 2**20}",
    )  # fmt: skip
    assert is_accepted(idle_broker)

    idle_broker.exec("dd", "if=/dev/zero", "of=/data/spool/ballast", "bs=1M", "count=50")
    eventually(lambda: not is_accepted(idle_broker), 5, "the disk is nearly full")
    idle_broker.exec("rm", "/data/spool/ballast")
    eventually(lambda: is_accepted(idle_broker), 5, "there is space again")


def test_a_write_that_fails_is_not_acknowledged_and_leaves_no_torn_frame(idle_broker):
    """RLIMIT_FSIZE makes write(2) fail in the middle of a frame, as a full disk does."""
    idle_broker.add_device("alice")
    idle_broker.start("--ulimit", "fsize=1000000")

    accepted = 0
    for _ in range(40):
        accepted += is_accepted(idle_broker)

    assert 16 <= accepted < 40
    assert len(idle_broker.messages()) == accepted
    idle_broker.wait_for_heartbeat()
    assert idle_broker.counter("refused_write_errors") > 0
    assert "messages: writing to the spool failed: " in idle_broker.logs()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("QLINES_SPOOL_LIMIT_MB", "many"),
        ("QLINES_SPOOL_LIMIT_MB", "-1"),
        ("QLINES_SPOOL_LIMIT_MB", "1.5"),
        ("QLINES_SPOOL_SYNC", "sometimes"),
    ],
)
def test_it_does_not_start_with_an_invalid_setting(idle_broker, name, value):
    idle_broker.start(wait=False, **IGNORE_LEAKS, **{name: value})

    eventually(lambda: f"got '{value}'" in idle_broker.logs(), 10, "it logs the reason")
    assert f"{name} must be " in idle_broker.logs()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can create a folder for another user")
def test_it_does_not_start_without_write_access_to_the_spool(idle_broker):
    (idle_broker.data / "spool").mkdir()
    (idle_broker.data / "spool" / "mqtt").mkdir()

    idle_broker.start(wait=False, **IGNORE_LEAKS)

    sentence = "the spool /data/spool/mqtt must be writable: Permission denied"
    eventually(lambda: sentence in idle_broker.logs(), 10, "it logs the reason")
