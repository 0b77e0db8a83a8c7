import stat

import pytest

from appliance.shared.files import write_atomically


def test_it_replaces_a_file_and_leaves_nothing_else_behind(tmp_path):
    file = tmp_path / "state"
    file.write_text("old")

    write_atomically(file, "new")

    assert file.read_text() == "new"
    assert list(tmp_path.iterdir()) == [file]


def test_it_makes_the_folder(tmp_path):
    write_atomically(tmp_path / "run" / "state", "new")

    assert (tmp_path / "run" / "state").read_text() == "new"


@pytest.mark.parametrize("is_synced", [False, True])
def test_a_secret_is_readable_by_its_owner_alone(tmp_path, is_synced):
    write_atomically(tmp_path / "secret", "token", mode=0o600, is_synced=is_synced)

    assert stat.S_IMODE((tmp_path / "secret").stat().st_mode) == 0o600


def test_it_says_so_when_the_file_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("in the way of a folder")

    with pytest.raises(OSError, match="file"):
        write_atomically(tmp_path / "file" / "state", "new")


def test_it_writes_bytes_as_they_are(tmp_path):
    file = tmp_path / "state"

    write_atomically(file, b"\x00\xff")

    assert file.read_bytes() == b"\x00\xff"
