"""The spool's files in C: numbers, the last frame's time, sizes, and the quota."""

import ctypes

import pytest

from qlines.spool import segments
from qlines.spool.disk_lines import lines_of
from qlines.spool.frame import Frame, FrameKind, encode

MEBIBYTE = 2**20


class Quota(ctypes.Structure):
    """struct spool_quota of spool_quota.h."""

    _fields_ = tuple(
        (name, ctypes.c_uint64)
        for name in ("limit_bytes", "guard_percent", "spool_bytes", "free_bytes", "reserve_bytes")
    )


@pytest.fixture
def call(plugin):
    """Return a function that calls one of segments.c with a text."""

    def call_by_name(name: str, text: object) -> int:
        function = getattr(plugin, name)
        function.restype = ctypes.c_uint64
        return function(str(text).encode())

    return call_by_name


@pytest.fixture
def allows(plugin):
    plugin.spool_quota_allows.restype = ctypes.c_bool

    def quota_allows(limit: int, spool: int, free: int, size: int) -> bool:
        quota = Quota(limit, 90, spool, free, 64 * MEBIBYTE)
        return plugin.spool_quota_allows(ctypes.byref(quota), ctypes.c_uint64(size))

    return quota_allows


def write_segment(folder, number, *times_us, tail=b""):
    frames = [encode(Frame(time_us, FrameKind.MESSAGE, "d", "t", b"p")) for time_us in times_us]
    segments.path_of(folder, number).write_bytes(b"".join(frames) + tail)


@pytest.mark.parametrize("number", [1, 57, 10**19])
def test_a_segments_number_is_in_its_name(call, tmp_path, number):
    assert call("segment_number", segments.path_of(tmp_path, number).name) == number


@pytest.mark.parametrize("name", ["cursor", "1.seg", "x" * 20 + ".seg", "0" * 19 + "1.seg.tmp"])
def test_any_other_file_is_not_a_segment(call, name):
    assert call("segment_number", name) == 0


def test_the_next_number_is_above_every_segment_and_the_cursor(call, tmp_path):
    assert call("segments_next_number", tmp_path) == 1

    write_segment(tmp_path, 7)
    assert call("segments_next_number", tmp_path) == 8

    (tmp_path / "cursor").write_text("57 123\n")
    assert call("segments_next_number", tmp_path) == 58


@pytest.mark.parametrize("cursor", ["-1 0", "+1 0", "", "x", "9223372036854775808 0"])
def test_a_cursor_that_names_no_segment_does_not_count(call, tmp_path, cursor):
    """With -1 the next number was 0: the reader does not see that segment."""
    (tmp_path / "cursor").write_text(cursor)

    assert call("segments_next_number", tmp_path) == 1


def test_the_last_time_is_that_of_the_last_valid_frame(call, tmp_path):
    assert call("segments_last_time_us", tmp_path) == 0

    write_segment(tmp_path, 1, 100, 900, 300)
    write_segment(tmp_path, 2, tail=b"torn")
    assert call("segments_last_time_us", tmp_path) == 300


def test_it_adds_up_the_segments_only(call, tmp_path):
    write_segment(tmp_path, 1, tail=b"x" * 100)
    write_segment(tmp_path, 2, tail=b"x" * 20)
    (tmp_path / "cursor").write_text("1 0\n")

    assert call("segments_total_bytes", tmp_path) == 120
    assert call("segments_total_bytes", tmp_path / "missing") == 0


def test_a_limit_counts_the_frame_that_is_to_be_written(allows):
    assert allows(1000, 900, 10**12, 100)
    assert not allows(1000, 900, 10**12, 101)


def test_without_a_limit_the_spool_may_be_as_large_as_the_free_space(allows):
    assert allows(0, 100 * MEBIBYTE - 1, 100 * MEBIBYTE, 1)
    assert not allows(0, 100 * MEBIBYTE, 100 * MEBIBYTE, 1)


def test_the_reserve_of_the_disk_stays_free(allows):
    assert allows(10**12, 0, 64 * MEBIBYTE + 1, 1)
    assert not allows(10**12, 0, 64 * MEBIBYTE, 1)


@pytest.mark.parametrize("percent", [50, 90, 98])
@pytest.mark.parametrize("gigabytes", [0, 1, 2, 20, 4000])
def test_the_reserve_is_that_of_the_other_programs(plugin, gigabytes, percent):
    total = gigabytes * 10**9 + 12_345
    plugin.spool_quota_reserve.restype = ctypes.c_uint64

    reserve = plugin.spool_quota_reserve(ctypes.c_uint64(total), ctypes.c_uint64(percent))

    assert reserve == lines_of(total, percent).refuse_below
