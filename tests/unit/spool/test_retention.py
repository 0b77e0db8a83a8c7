import os

import pytest

from qlines.spool import retention, segments
from qlines.spool.disk_lines import DiskSpace
from qlines.spool.frame import Frame, encode
from qlines.spool.reader import SpoolReader
from qlines.spool.retention import SegmentFile
from qlines.spool.segments import Position

NOW = 1_800_000_000.0
MEGABYTE = 1024 * 1024


def write(folder, number, payload=b"a"):
    path = segments.path_of(folder, number)
    path.write_bytes(encode(Frame(1_800_000_000_000_000, 1, "d1", "t", payload)))
    return path


def segment(number, written_at):
    return SegmentFile(number, written_at, MEGABYTE)


def test_it_retains_a_segment_that_the_stores_may_not_have_synced_yet():
    files = [segment(1, NOW - 89), segment(2, NOW - 5)]

    assert retention.expired(files, NOW, 256 * MEGABYTE) == []


def test_it_deletes_segments_after_their_retention():
    files = [segment(1, NOW - 200), segment(2, NOW - 91), segment(3, NOW - 5)]

    assert retention.expired(files, NOW, 256 * MEGABYTE) == [1, 2]


def test_it_deletes_the_oldest_segment_above_the_maximum():
    files = [segment(1, NOW - 3), segment(2, NOW - 2), segment(3, NOW - 1)]

    assert retention.expired(files, NOW, 2 * MEGABYTE) == [1]


def test_it_retains_less_when_the_spool_is_limited():
    assert retention.max_retained_bytes(8 * MEGABYTE) == 2 * MEGABYTE
    assert retention.max_retained_bytes(0) == retention.MAX_RETAINED_BYTES


def test_it_deletes_only_segments_before_the_cursor(tmp_path):
    for number in (1, 2, 3):
        os.utime(write(tmp_path, number), (0, 0))

    SpoolReader(tmp_path).delete_expired(Position(3, 0))

    assert segments.numbers(tmp_path) == [3]


def test_it_replays_retained_segments_after_a_reboot(tmp_path):
    retention.rewind_after_reboot(tmp_path, "monday")
    write(tmp_path, 7, b"kept")
    write(tmp_path, 8, b"newest")
    SpoolReader(tmp_path).commit(Position(8, 30))

    retention.rewind_after_reboot(tmp_path, "tuesday")

    assert [frame.payload for frame in SpoolReader(tmp_path).read(1000)] == [b"kept"]


def test_it_resumes_at_the_cursor_when_only_the_container_restarted(tmp_path):
    retention.rewind_after_reboot(tmp_path, "monday")
    write(tmp_path, 7)
    SpoolReader(tmp_path).commit(Position(7, 30))

    retention.rewind_after_reboot(tmp_path, "monday")

    assert segments.read_cursor(tmp_path) == Position(7, 30)


def test_it_rewinds_once_per_reboot(tmp_path):
    retention.rewind_after_reboot(tmp_path, "monday")
    write(tmp_path, 7)
    retention.rewind_after_reboot(tmp_path, "tuesday")
    SpoolReader(tmp_path).commit(Position(7, 30))

    retention.rewind_after_reboot(tmp_path, "tuesday")

    assert segments.read_cursor(tmp_path) == Position(7, 30)


@pytest.mark.parametrize("boot_id", [b"", b"\0\0", b"\xff\xfe"])
def test_it_replays_when_the_boot_id_is_corrupt(tmp_path, boot_id):
    write(tmp_path, 7)
    SpoolReader(tmp_path).commit(Position(7, 30))
    (tmp_path / retention.BOOT_ID).write_bytes(boot_id)

    assert retention.rewind_after_reboot(tmp_path, "monday")

    assert segments.read_cursor(tmp_path) == Position(7, 0)


def test_it_retains_nothing_once_the_disk_is_as_full_as_the_guard_lets_it_be():
    gigabyte = 1024 * MEGABYTE

    assert retention.spare_bytes(DiskSpace(100 * gigabyte, 11 * gigabyte), 90) > 255 * MEGABYTE
    assert retention.spare_bytes(DiskSpace(100 * gigabyte, 10 * gigabyte - 1000), 90) == 0
    assert retention.spare_bytes(DiskSpace(100 * gigabyte, 11 * gigabyte), 80) == 0
