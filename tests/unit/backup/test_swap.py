import pytest

from backup.places import Places
from backup.swap import Swap

STORES = ("mongodb", "clickhouse")


@pytest.fixture
def data(tmp_path):
    """Return a data folder whose stores hold "old", with restored ones that hold "new"."""
    for store in STORES:
        for folder, content in ((tmp_path, "old"), (Places(tmp_path).scratch, "new")):
            (folder / store).mkdir(parents=True)
            (folder / store / "content").write_text(content)
    return tmp_path


def contents(data):
    return [(data / store / "content").read_text() for store in STORES]


def test_the_restored_folders_take_the_place_of_the_stores_own(data):
    Swap(data).exchange(STORES)

    assert contents(data) == ["new", "new"]


def test_an_exchange_can_be_undone(data):
    Swap(data).exchange(STORES)

    assert Swap(data).undo() == ["clickhouse", "mongodb"]
    assert contents(data) == ["old", "old"]


def test_one_that_was_killed_after_the_first_store_can_be_undone(data):
    Swap(data).exchange(["mongodb"])
    Swap(data).undo()

    assert contents(data) == ["old", "old"]


def test_one_that_was_killed_between_its_two_renames_can_be_undone(data):
    replaced = Places(data).replaced
    replaced.mkdir()
    (data / "mongodb").rename(replaced / "mongodb")
    Swap(data).undo()

    assert contents(data) == ["old", "old"]


def test_undoing_twice_changes_nothing_more(data):
    Swap(data).exchange(STORES)
    Swap(data).undo()

    assert Swap(data).undo() == []
    assert contents(data) == ["old", "old"]


def test_a_finished_exchange_keeps_nothing_of_what_was_replaced(data):
    Swap(data).exchange(STORES)
    Swap(data).finish()

    assert not Places(data).replaced.exists()
    assert contents(data) == ["new", "new"]


def test_files_that_are_replaced_in_their_folder_are_put_back_too(data):
    (data / "secrets").mkdir(mode=0o700)
    (data / "secrets" / "secret_key").write_text("old")
    Swap(data).keep_copy("secrets")
    (data / "secrets" / "secret_key").write_text("new")

    Swap(data).undo()

    assert (data / "secrets" / "secret_key").read_text() == "old"
    assert (data / "secrets").stat().st_mode & 0o777 == 0o700


def test_it_is_begun_until_it_is_undone_or_finished(data):
    assert not Swap(data).is_begun()
    Swap(data).exchange(STORES)
    assert Swap(data).is_begun()
    Swap(data).undo()
    assert not Swap(data).is_begun()
