import errno
import os

import pytest

from qlines.clock import FakeClock
from qlines.errors import SpoolFullError
from qlines.spool import append, segments
from qlines.spool.append import SpoolWriter
from qlines.spool.follow import SpoolReader
from qlines.spool.frame import FrameKind, scan
from qlines.spool.limit import SpoolLimit

GIGABYTE = 2**30
TOPIC = "v1/devices/me/telemetry"


@pytest.fixture
def clock():
    return FakeClock(1_800_000_000_000_000)


@pytest.fixture
def make_writer(tmp_path, clock):
    def make(sync="interval", limit_bytes=0, free=10 * GIGABYTE):
        limit = SpoolLimit([tmp_path], limit_bytes, clock, free=lambda _folder: free)
        return SpoolWriter(tmp_path, sync=sync, limit=limit, clock=clock)

    return make


def payloads(folder):
    return [
        frame.payload
        for number in segments.numbers(folder)
        for frame in scan(segments.path_of(folder, number).read_bytes())[0]
    ]


def test_it_keeps_a_frame_and_returns_its_time(make_writer, tmp_path):
    time_us = make_writer().append(FrameKind.MESSAGE, "d1", TOPIC, b"{}")

    (frame,) = SpoolReader(tmp_path).read(1000)
    assert frame == (time_us, FrameKind.MESSAGE, "d1", TOPIC, b"{}")


def test_its_times_are_odd_and_rise_even_when_the_clock_stands_still_or_goes_back(
    make_writer, clock
):
    writer = make_writer()

    times = [writer.append(1, "d1", TOPIC, b"a"), writer.append(1, "d1", TOPIC, b"b")]
    clock.advance(-60)
    times.append(writer.append(1, "d1", TOPIC, b"c"))

    assert times == [1_800_000_000_000_001, 1_800_000_000_000_003, 1_800_000_000_000_005]


def test_its_times_rise_across_a_restart_with_a_clock_that_went_back(make_writer, clock):
    before = make_writer().append(1, "d1", TOPIC, b"a")
    clock.advance(-10)

    after = make_writer().append(1, "d1", TOPIC, b"b")

    assert after == before + 2


def test_a_time_far_ahead_is_not_followed_after_a_restart(make_writer, clock):
    clock.advance(86_400)
    make_writer().append(1, "d1", TOPIC, b"a")
    clock.advance(-86_400)

    assert make_writer().append(1, "d1", TOPIC, b"b") == 1_800_000_000_000_001


def test_it_leaves_a_segment_that_was_deleted_by_hand(make_writer, tmp_path, clock):
    writer = make_writer()
    writer.append(1, "d1", TOPIC, b"a")
    segments.path_of(tmp_path, 1).unlink()
    clock.advance(1)
    writer.sync_when_due()

    writer.append(1, "d1", TOPIC, b"b")

    assert payloads(tmp_path) == [b"b"]


def test_it_starts_a_new_segment_after_a_restart(make_writer, tmp_path):
    make_writer().append(1, "d1", TOPIC, b"a")

    make_writer().append(1, "d1", TOPIC, b"b")

    assert segments.numbers(tmp_path) == [1, 2]


def test_it_counts_on_above_the_cursor_when_the_segments_are_gone(make_writer, tmp_path):
    (tmp_path / "cursor").write_text("57 100\n")

    make_writer().append(1, "d1", TOPIC, b"a")

    assert segments.numbers(tmp_path) == [58]


def test_it_starts_a_new_segment_when_one_is_full(make_writer, tmp_path, monkeypatch):
    monkeypatch.setattr(segments, "SEGMENT_BYTES", 200)
    writer = make_writer()

    for payload in (b"a" * 100, b"b" * 100, b"c"):
        writer.append(1, "d1", TOPIC, payload)

    assert segments.numbers(tmp_path) == [1, 2]
    assert payloads(tmp_path) == [b"a" * 100, b"b" * 100, b"c"]


def test_its_files_are_for_its_own_eyes(make_writer, tmp_path):
    make_writer().append(1, "d1", TOPIC, b"a")

    assert segments.path_of(tmp_path, 1).stat().st_mode & 0o777 == 0o600


def test_it_takes_back_a_frame_that_the_disk_took_half_of(make_writer, tmp_path, monkeypatch):
    writer = make_writer()
    writer.append(1, "d1", TOPIC, b"before")
    write = os.write
    monkeypatch.setattr(append.os, "write", lambda file, data: write(file, data[:10]))

    with pytest.raises(SpoolFullError, match="the disk took 10 of"):
        writer.append(1, "d1", TOPIC, b"lost")

    monkeypatch.undo()
    writer.append(1, "d1", TOPIC, b"after")
    assert payloads(tmp_path) == [b"before", b"after"]
    assert segments.numbers(tmp_path) == [1]


def test_it_leaves_the_torn_tail_behind_when_it_cannot_be_cut_off(
    make_writer, tmp_path, monkeypatch
):
    writer = make_writer()
    write = os.write
    monkeypatch.setattr(append.os, "write", lambda file, data: write(file, data[:10]))
    monkeypatch.setattr(append.os, "ftruncate", _fail_with(errno.EIO))

    with pytest.raises(SpoolFullError):
        writer.append(1, "d1", TOPIC, b"lost")

    monkeypatch.undo()
    writer.append(1, "d1", TOPIC, b"after")
    reader = SpoolReader(tmp_path)
    assert [frame.payload for frame in reader.read(1000)] == [b"after"]
    assert reader.losses["torn_tails"] == 1


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_it_refuses_when_the_disk_does_and_goes_on_when_there_is_room(
    make_writer, tmp_path, monkeypatch, number
):
    writer = make_writer()
    monkeypatch.setattr(append.os, "write", _fail_with(number))

    with pytest.raises(SpoolFullError, match="the spool cannot be written"):
        writer.append(1, "d1", TOPIC, b"lost")

    monkeypatch.undo()
    writer.append(1, "d1", TOPIC, b"after")
    assert payloads(tmp_path) == [b"after"]


def test_it_refuses_above_the_limit_and_lets_the_reader_free_the_place(
    make_writer, tmp_path, clock
):
    writer = make_writer(limit_bytes=150)
    writer.append(1, "d1", TOPIC, b"a" * 200)

    with pytest.raises(SpoolFullError, match="QLINES_SPOOL_LIMIT_MB is 150"):
        writer.append(1, "d1", TOPIC, b"b")

    reader = SpoolReader(tmp_path, keep_bytes=0)
    assert len(reader.read(1000)) == 1
    assert reader.read(1000) == []
    reader.commit(reader.position)
    reader.tidy(reader.position)
    clock.advance(1)
    writer.append(1, "d1", TOPIC, b"c")
    assert payloads(tmp_path) == [b"c"]


def test_it_makes_no_more_than_one_empty_segment_while_it_refuses(make_writer, tmp_path):
    writer = make_writer(limit_bytes=150)
    writer.append(1, "d1", TOPIC, b"a" * 200)

    for _ in range(3):
        with pytest.raises(SpoolFullError):
            writer.append(1, "d1", TOPIC, b"b")

    assert segments.numbers(tmp_path) == [1, 2]


def test_it_forces_each_frame_to_the_disk_when_told_always(make_writer, monkeypatch):
    synced = []
    monkeypatch.setattr(append.os, "fdatasync", synced.append)
    writer = make_writer(sync="always")

    writer.append(1, "d1", TOPIC, b"a")
    writer.append(1, "d1", TOPIC, b"b")

    assert len(synced) == 2


def test_it_forces_frames_to_the_disk_once_a_second_when_told_interval(
    make_writer, clock, monkeypatch
):
    synced = []
    monkeypatch.setattr(append.os, "fdatasync", synced.append)
    writer = make_writer()

    writer.append(1, "d1", TOPIC, b"a")
    writer.append(1, "d1", TOPIC, b"b")
    writer.sync_when_due()
    assert synced == []
    clock.advance(1)
    writer.sync_when_due()
    clock.advance(1)
    writer.sync_when_due()

    assert len(synced) == 1


def test_it_does_not_acknowledge_what_the_disk_did_not_keep(make_writer, monkeypatch):
    monkeypatch.setattr(append.os, "fdatasync", _fail_with(errno.EIO))

    with pytest.raises(SpoolFullError):
        make_writer(sync="always").append(1, "d1", TOPIC, b"a")


def test_it_syncs_the_rest_when_closed(make_writer, monkeypatch):
    synced = []
    monkeypatch.setattr(append.os, "fdatasync", synced.append)
    writer = make_writer()
    writer.append(1, "d1", TOPIC, b"a")

    writer.close()

    assert len(synced) == 1


def _fail_with(number):
    def fail(*_arguments):
        raise OSError(number, os.strerror(number))

    return fail
