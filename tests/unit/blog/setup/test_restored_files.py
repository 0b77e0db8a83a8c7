import pytest

from blog.setup import restored_files


def write(folder, text):
    folder.mkdir(parents=True)
    (folder / "file").write_text(text)


def names(folder):
    return sorted(item.name for item in folder.iterdir())


def test_restored_files_take_the_place_of_a_site_s_own(tmp_path):
    write(tmp_path / "sites" / "one", "old")
    write(tmp_path / "sites" / "other", "untouched")
    write(tmp_path / "restore" / "sites" / "one", "restored")

    assert restored_files.put_in_place(tmp_path) == ["one"]

    assert (tmp_path / "sites" / "one" / "file").read_text() == "restored"
    assert (tmp_path / "sites" / "other" / "file").read_text() == "untouched"
    assert names(tmp_path / "restore") == ["sites"]
    assert restored_files.put_in_place(tmp_path) == []


def test_a_blank_volume_gets_its_sites(tmp_path):
    write(tmp_path / "restore" / "sites" / "one", "restored")

    restored_files.put_in_place(tmp_path)

    assert (tmp_path / "sites" / "one" / "file").read_text() == "restored"


def test_a_kill_between_the_two_renames_is_mended_by_the_next_start(tmp_path):
    write(tmp_path / "restore" / "one.replaced", "old")
    write(tmp_path / "restore" / "sites" / "one", "restored")

    restored_files.put_in_place(tmp_path)

    assert (tmp_path / "sites" / "one" / "file").read_text() == "restored"
    assert names(tmp_path / "restore") == ["sites"]


def test_a_kill_while_the_old_files_are_deleted_is_mended_by_the_next_start(tmp_path):
    write(tmp_path / "restore" / "one.replaced", "half of the old")
    write(tmp_path / "sites" / "one", "restored")

    restored_files.put_in_place(tmp_path)

    assert (tmp_path / "sites" / "one" / "file").read_text() == "restored"
    assert names(tmp_path / "restore") == []


@pytest.mark.parametrize("place", ["restore/sites", "restore/sites/one"])
def test_a_link_is_not_a_restored_site(tmp_path, place):
    write(tmp_path / "elsewhere" / "one", "not ours")
    (tmp_path / place).parent.mkdir(parents=True)
    target = "elsewhere" if place.endswith("sites") else "elsewhere/one"
    (tmp_path / place).symlink_to(tmp_path / target)

    assert restored_files.put_in_place(tmp_path) == []
    assert (tmp_path / "elsewhere" / "one" / "file").exists()


def test_without_a_restore_nothing_happens(tmp_path):
    assert restored_files.put_in_place(tmp_path) == []
    assert names(tmp_path) == []


def test_a_site_waits_for_its_tables_while_its_dump_is_there(tmp_path):
    assert not restored_files.is_awaited(tmp_path, "one")
    (tmp_path / "restore").mkdir()
    (tmp_path / "restore" / "one.sql.gz").touch()

    assert restored_files.is_awaited(tmp_path, "one")
