import pytest

from backup.catalog import choose
from backup.errors import BackupError
from backup.restic import Snapshot

OLD, NEW = Snapshot("aa11bb22", 1.0, ()), Snapshot("aa99cc33", 2.0, ())


def test_the_newest_is_the_last():
    assert choose([OLD, NEW], "latest", "/repository") is NEW


def test_the_beginning_of_an_id_is_enough():
    assert choose([OLD, NEW], "aa1", "/repository") is OLD


@pytest.mark.parametrize(
    ("wanted", "reason"), [("aa", "several backups have"), ("ff", "no backup has"), ("", "no")]
)
def test_an_id_must_mean_one_backup(wanted, reason):
    with pytest.raises(BackupError, match=reason):
        choose([OLD, NEW], wanted, "/repository")


def test_an_empty_repository_names_the_remedy():
    with pytest.raises(BackupError, match="there is no backup in /repository: make one by"):
        choose([], "latest", "/repository")
