import pytest

from qlines.repair.copies import (
    forget_missing,
    is_corrupt,
    is_corrupt_log,
    restore_missing,
    restore_or_copy,
)


@pytest.mark.parametrize("content", [b"", b"\0" * 9, b"versi", b"version\0\0"])
def test_a_blank_or_shortened_file_is_corrupt(content):
    assert is_corrupt(content, b"version 1\n")


@pytest.mark.parametrize("content", [b"version 1\n", b"version 1\nand more", b"other"])
def test_a_change_is_not_corruption(content):
    assert not is_corrupt(content, b"version 1\n")


def test_a_log_must_begin_with_its_copy():
    assert not is_corrupt_log(b"abcdef", b"abc")
    assert is_corrupt_log(b"ab", b"abc")
    assert is_corrupt_log(b"a\0cdef", b"abc")


def test_a_corrupt_file_is_restored_from_the_copy_of_an_earlier_start(tmp_path):
    folder, copies, notes = tmp_path / "data", tmp_path / "copies", []
    folder.mkdir()
    (folder / "a").write_text("version 1")
    restore_or_copy(folder, copies, ["a"], notes.append)
    (folder / "a").write_text("")

    restore_or_copy(folder, copies, ["a"], notes.append)

    assert (folder / "a").read_text() == "version 1"
    assert notes == [f"restored {folder}/a, which was corrupt, from its copy"]


def test_the_copy_follows_a_change(tmp_path):
    folder, copies = tmp_path / "data", tmp_path / "copies"
    folder.mkdir()
    for content in ("one", "two"):
        (folder / "a").write_text(content)
        restore_or_copy(folder, copies, ["a"], print)

    assert (copies / "a").read_text() == "two"


def test_a_blank_file_is_not_copied(tmp_path):
    (tmp_path / "a").write_bytes(b"\0\0")

    restore_or_copy(tmp_path, tmp_path / "copies", ["a"], print)

    assert not (tmp_path / "copies").exists()


def test_a_missing_file_is_restored_unless_its_folder_is_gone(tmp_path):
    folder, copies, notes = tmp_path / "data", tmp_path / "copies", []
    for name in ("kept/a", "gone/b"):
        (copies / name).parent.mkdir(parents=True)
        (copies / name).write_text("x")
    (folder / "kept").mkdir(parents=True)

    restore_missing(folder, copies, notes.append)

    assert (folder / "kept" / "a").read_text() == "x"
    assert not (folder / "gone").exists()
    assert len(notes) == 1


def test_the_copy_of_a_file_that_its_owner_deleted_goes_too(tmp_path):
    folder, copies = tmp_path / "data", tmp_path / "copies"
    folder.mkdir()
    copies.mkdir()
    for path in (folder / "a", copies / "a", copies / "b"):
        path.write_text("x")

    forget_missing(folder, copies)

    assert [path.name for path in copies.iterdir()] == ["a"]
