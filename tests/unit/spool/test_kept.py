import os

from qlines.spool import kept, segments
from qlines.spool.follow import SpoolReader
from qlines.spool.frame import Frame, encode
from qlines.spool.segments import Position

NOW = 1_800_000_000.0
MEGABYTE = 1024 * 1024


def write(folder, number, payload=b"a"):
    path = segments.path_of(folder, number)
    path.write_bytes(encode(Frame(1_800_000_000_000_000, 1, "d1", "t", payload)))
    return path


def test_it_keeps_a_segment_that_the_stores_may_not_have_on_their_disk_yet():
    files = [(1, NOW - 89, MEGABYTE), (2, NOW - 5, MEGABYTE)]

    assert kept.expired(files, NOW, 256 * MEGABYTE) == []


def test_it_lets_segments_go_when_their_time_is_over():
    files = [(1, NOW - 200, MEGABYTE), (2, NOW - 91, MEGABYTE), (3, NOW - 5, MEGABYTE)]

    assert kept.expired(files, NOW, 256 * MEGABYTE) == [1, 2]


def test_it_lets_the_oldest_go_when_there_is_too_much():
    files = [(1, NOW - 3, MEGABYTE), (2, NOW - 2, MEGABYTE), (3, NOW - 1, MEGABYTE)]

    assert kept.expired(files, NOW, 2 * MEGABYTE) == [1]


def test_it_keeps_less_when_the_spool_is_limited():
    assert kept.keep_bytes(8 * MEGABYTE) == 2 * MEGABYTE
    assert kept.keep_bytes(0) == kept.KEEP_BYTES


def test_it_deletes_only_what_lies_before_the_cursor(tmp_path):
    for number in (1, 2, 3):
        os.utime(write(tmp_path, number), (0, 0))

    SpoolReader(tmp_path).tidy(Position(3, 0))

    assert segments.numbers(tmp_path) == [3]


def test_it_hands_on_again_what_was_kept_when_the_machine_went_down(tmp_path):
    kept.rewind_after_power_cut(tmp_path, "monday")
    write(tmp_path, 7, b"kept")
    write(tmp_path, 8, b"newest")
    SpoolReader(tmp_path).commit(Position(8, 30))

    kept.rewind_after_power_cut(tmp_path, "tuesday")

    assert [frame.payload for frame in SpoolReader(tmp_path).read(1000)] == [b"kept"]


def test_it_goes_on_at_the_cursor_when_only_the_container_was_restarted(tmp_path):
    kept.rewind_after_power_cut(tmp_path, "monday")
    write(tmp_path, 7)
    SpoolReader(tmp_path).commit(Position(7, 30))

    kept.rewind_after_power_cut(tmp_path, "monday")

    assert segments.read_cursor(tmp_path) == Position(7, 30)


def test_it_rewinds_once_a_power_cut(tmp_path):
    kept.rewind_after_power_cut(tmp_path, "monday")
    write(tmp_path, 7)
    kept.rewind_after_power_cut(tmp_path, "tuesday")
    SpoolReader(tmp_path).commit(Position(7, 30))

    kept.rewind_after_power_cut(tmp_path, "tuesday")

    assert segments.read_cursor(tmp_path) == Position(7, 30)
