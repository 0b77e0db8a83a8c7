import errno
import os

import pytest

from qlines.clock import FakeClock
from qlines.errors import SpoolFullError
from qlines.spool import appender, segments
from qlines.spool.appender import SpoolAppender
from qlines.spool.disk_lines import DiskSpace
from qlines.spool.frame import FrameKind, scan
from qlines.spool.quota import SpoolQuota
from qlines.spool.reader import SpoolReader

GIGABYTE = 2**30
TOPIC = "v1/devices/me/telemetry"


@pytest.fixture
def clock():
    return FakeClock(1_800_000_000_000_000)


@pytest.fixture
def make_appender(tmp_path, clock):
    def make(sync="interval", limit_bytes=0, free=10 * GIGABYTE):
        quota = SpoolQuota(
            [tmp_path], limit_bytes, clock, measure=lambda _folder: DiskSpace(0, free)
        )
        return SpoolAppender(tmp_path, sync=sync, quota=quota, clock=clock)

    return make


def payloads(folder):
    return [
        frame.payload
        for number in segments.numbers(folder)
        for frame in scan(segments.path_of(folder, number).read_bytes()).frames
    ]


def test_it_appends_a_frame_and_returns_its_time(make_appender, tmp_path):
    time_us = make_appender().append(FrameKind.MESSAGE, "d1", TOPIC, b"{}")

    (frame,) = SpoolReader(tmp_path).read(1000)
    assert frame == (time_us, FrameKind.MESSAGE, "d1", TOPIC, b"{}")


def test_its_times_are_odd_and_rise_even_when_the_clock_stands_still_or_goes_back(
    make_appender, clock
):
    writer = make_appender()

    times = [writer.append(1, "d1", TOPIC, b"a"), writer.append(1, "d1", TOPIC, b"b")]
    clock.advance(-59)
    times.append(writer.append(1, "d1", TOPIC, b"c"))

    assert times == [1_800_000_000_000_001, 1_800_000_000_000_003, 1_800_000_000_000_005]


def test_its_times_rise_across_a_restart_with_a_clock_that_went_back(make_appender, clock):
    before = make_appender().append(1, "d1", TOPIC, b"a")
    clock.advance(-10)

    after = make_appender().append(1, "d1", TOPIC, b"b")

    assert after == before + 2


@pytest.mark.parametrize("restarts", [True, False])
def test_a_last_frame_more_than_a_minute_ahead_is_not_followed(
    make_appender, clock, caplog, restarts
):
    clock.advance(86_400)
    writer = make_appender()
    writer.append(1, "d1", TOPIC, b"a")
    clock.advance(-86_400)

    writer = make_appender() if restarts else writer
    times = [writer.append(1, "d1", TOPIC, b"b"), writer.append(1, "d1", TOPIC, b"c")]

    assert times == [1_800_000_000_000_001, 1_800_000_000_000_003]
    assert len(caplog.records) == 1
    assert "the clock is 86400 s behind the newest frame of the spool" in caplog.text


def test_the_rule_for_a_clock_that_ran_ahead_is_the_brokers():
    """The same examples as in tests/unit/broker/test_frame.py, with odd times."""
    now_us, minute_us = 1_700_000_000_000_001, 60_000_000

    assert appender.next_time_us(now_us + minute_us, now_us) == now_us + minute_us + 2
    assert appender.next_time_us(now_us + minute_us + 2, now_us) == now_us


def test_times_are_odd_after_an_even_one_too():
    """A restore brings frames of the broker into this folder, whose times are even."""
    assert appender.next_time_us(1_000_000, 999_000) == 1_000_001
    assert appender.next_time_us(1_000_001, 999_000) == 1_000_003


def test_it_starts_a_new_segment_when_its_own_was_deleted_by_hand(make_appender, tmp_path, clock):
    writer = make_appender()
    writer.append(1, "d1", TOPIC, b"a")
    segments.path_of(tmp_path, 1).unlink()
    clock.advance(1)
    writer.sync_when_due()

    writer.append(1, "d1", TOPIC, b"b")

    assert payloads(tmp_path) == [b"b"]


def test_it_starts_a_new_segment_after_a_restart(make_appender, tmp_path):
    make_appender().append(1, "d1", TOPIC, b"a")

    make_appender().append(1, "d1", TOPIC, b"b")

    assert segments.numbers(tmp_path) == [1, 2]


def test_it_numbers_segments_above_the_cursor_when_all_were_deleted(make_appender, tmp_path):
    (tmp_path / "cursor").write_text("57 100\n")

    make_appender().append(1, "d1", TOPIC, b"a")

    assert segments.numbers(tmp_path) == [58]


def test_it_starts_a_new_segment_when_one_is_full(make_appender, tmp_path, monkeypatch):
    monkeypatch.setattr(segments, "SEGMENT_BYTES", 200)
    writer = make_appender()

    for payload in (b"a" * 100, b"b" * 100, b"c"):
        writer.append(1, "d1", TOPIC, payload)

    assert segments.numbers(tmp_path) == [1, 2]
    assert payloads(tmp_path) == [b"a" * 100, b"b" * 100, b"c"]


def test_its_files_are_readable_by_its_user_alone(make_appender, tmp_path):
    make_appender().append(1, "d1", TOPIC, b"a")

    assert segments.path_of(tmp_path, 1).stat().st_mode & 0o777 == 0o600


def test_it_removes_a_half_written_frame(make_appender, tmp_path, monkeypatch):
    writer = make_appender()
    writer.append(1, "d1", TOPIC, b"before")
    write = os.write
    monkeypatch.setattr(appender.os, "write", lambda file, data: write(file, data[:10]))

    with pytest.raises(SpoolFullError, match=r"short write \(10 of"):
        writer.append(1, "d1", TOPIC, b"lost")

    monkeypatch.undo()
    writer.append(1, "d1", TOPIC, b"after")
    assert payloads(tmp_path) == [b"before", b"after"]
    assert segments.numbers(tmp_path) == [1]


def test_it_leaves_a_torn_tail_when_it_cannot_truncate(make_appender, tmp_path, monkeypatch):
    writer = make_appender()
    write = os.write
    monkeypatch.setattr(appender.os, "write", lambda file, data: write(file, data[:10]))
    monkeypatch.setattr(appender.os, "ftruncate", _fail_with(errno.EIO))

    with pytest.raises(SpoolFullError):
        writer.append(1, "d1", TOPIC, b"lost")

    monkeypatch.undo()
    writer.append(1, "d1", TOPIC, b"after")
    reader = SpoolReader(tmp_path)
    assert [frame.payload for frame in reader.read(1000)] == [b"after"]
    assert reader.losses["torn_tails"] == 1


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_it_refuses_when_the_disk_fails_and_resumes_afterwards(
    make_appender, tmp_path, monkeypatch, number
):
    writer = make_appender()
    monkeypatch.setattr(appender.os, "write", _fail_with(number))

    with pytest.raises(SpoolFullError, match="cannot write to the spool"):
        writer.append(1, "d1", TOPIC, b"lost")

    monkeypatch.undo()
    writer.append(1, "d1", TOPIC, b"after")
    assert payloads(tmp_path) == [b"after"]


def test_it_refuses_above_the_limit_and_lets_the_reader_free_space(make_appender, tmp_path, clock):
    writer = make_appender(limit_bytes=150)
    writer.append(1, "d1", TOPIC, b"a" * 200)

    with pytest.raises(SpoolFullError, match="QLINES_SPOOL_LIMIT_MB is 150"):
        writer.append(1, "d1", TOPIC, b"b")

    reader = SpoolReader(tmp_path, max_retained_bytes=0)
    assert len(reader.read(1000)) == 1
    assert reader.read(1000) == []
    reader.commit(reader.position)
    reader.delete_expired(reader.position)
    clock.advance(1)
    writer.append(1, "d1", TOPIC, b"c")
    assert payloads(tmp_path) == [b"c"]


def test_it_makes_no_more_than_one_empty_segment_while_it_refuses(make_appender, tmp_path):
    writer = make_appender(limit_bytes=150)
    writer.append(1, "d1", TOPIC, b"a" * 200)

    for _ in range(3):
        with pytest.raises(SpoolFullError):
            writer.append(1, "d1", TOPIC, b"b")

    assert segments.numbers(tmp_path) == [1, 2]


def test_it_syncs_each_frame_with_sync_always(make_appender, monkeypatch):
    synced = []
    monkeypatch.setattr(appender.os, "fdatasync", synced.append)
    writer = make_appender(sync="always")

    writer.append(1, "d1", TOPIC, b"a")
    writer.append(1, "d1", TOPIC, b"b")

    assert len(synced) == 2


def test_it_syncs_once_a_second_with_sync_interval(make_appender, clock, monkeypatch):
    synced = []
    monkeypatch.setattr(appender.os, "fdatasync", synced.append)
    writer = make_appender()

    writer.append(1, "d1", TOPIC, b"a")
    writer.append(1, "d1", TOPIC, b"b")
    writer.sync_when_due()
    assert synced == []
    clock.advance(1)
    writer.sync_when_due()
    clock.advance(1)
    writer.sync_when_due()

    assert len(synced) == 1


def test_it_refuses_a_frame_that_cannot_be_synced(make_appender, monkeypatch):
    monkeypatch.setattr(appender.os, "fdatasync", _fail_with(errno.EIO))

    with pytest.raises(SpoolFullError):
        make_appender(sync="always").append(1, "d1", TOPIC, b"a")


def test_it_syncs_the_rest_when_closed(make_appender, monkeypatch):
    synced = []
    monkeypatch.setattr(appender.os, "fdatasync", synced.append)
    writer = make_appender()
    writer.append(1, "d1", TOPIC, b"a")

    writer.close()

    assert len(synced) == 1


def _fail_with(number):
    def fail(*_arguments):
        raise OSError(number, os.strerror(number))

    return fail
