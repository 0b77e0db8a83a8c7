import pytest

from qlines.spool import segments
from qlines.spool.segments import SpoolUsage


def write(folder, number, size):
    folder.mkdir(exist_ok=True)
    segments.path_of(folder, number).write_bytes(bytes(size))


def test_the_usage_of_a_folder_that_does_not_exist_is_zero(tmp_path):
    assert segments.usage(tmp_path / "mqtt") == SpoolUsage(bytes=0, unread_bytes=0, segments=0)


def test_everything_is_unread_before_the_first_commit(tmp_path):
    write(tmp_path, 1, 100)
    write(tmp_path, 2, 40)

    assert segments.usage(tmp_path) == SpoolUsage(bytes=140, unread_bytes=140, segments=2)


def test_bytes_before_the_cursor_are_read(tmp_path):
    write(tmp_path, 1, 100)
    write(tmp_path, 2, 40)
    write(tmp_path, 3, 7)
    (tmp_path / "cursor").write_text("2 30\n")

    assert segments.usage(tmp_path) == SpoolUsage(bytes=147, unread_bytes=17, segments=3)


def test_a_segment_that_is_shorter_than_the_cursor_has_nothing_unread(tmp_path):
    write(tmp_path, 2, 40)
    (tmp_path / "cursor").write_text("2 500\n")

    assert segments.usage(tmp_path).unread_bytes == 0


@pytest.mark.parametrize(
    "content", [b"", b"nonsense", b"2 30", b"2 \n", b"-2 30\n", b"\0\0\0\0\0", b"\xff 30\n"]
)
def test_a_cursor_that_was_cut_short_or_is_corrupt_counts_as_none(tmp_path, content):
    (tmp_path / "cursor").write_bytes(content)

    assert segments.read_cursor(tmp_path) is None


def test_a_corrupt_cursor_counts_as_none(tmp_path):
    write(tmp_path, 1, 100)
    (tmp_path / "cursor").write_text("nonsense")

    assert segments.usage(tmp_path).unread_bytes == 100


@pytest.mark.parametrize("cursor", ["-1 0", "1 -5", f"1 {2**63}", f"{10**30} 0"])
def test_a_cursor_beyond_any_file_counts_as_none(tmp_path, cursor):
    """Reading there raised an error at each start, and ingest never got any further."""
    (tmp_path / "cursor").write_text(cursor)

    assert segments.read_cursor(tmp_path) is None


def test_digits_of_other_scripts_name_no_segment(tmp_path):
    for digit in ("²", "٣"):
        (tmp_path / f"{digit * 20}.seg").touch()

    assert segments.numbers(tmp_path) == []


def test_files_that_are_not_segments_do_not_count(tmp_path):
    write(tmp_path, 1, 100)
    (tmp_path / "boot_id").write_text("a boot id\n")
    (tmp_path / "7.seg").write_bytes(bytes(9))

    assert segments.usage(tmp_path) == SpoolUsage(bytes=100, unread_bytes=100, segments=1)


def test_a_segment_that_is_deleted_during_the_count_is_empty(tmp_path, monkeypatch):
    write(tmp_path, 2, 40)
    monkeypatch.setattr(segments, "numbers", lambda _folder: [1, 2])

    assert segments.usage(tmp_path).bytes == 40
