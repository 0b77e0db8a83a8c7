import pytest

from backup import room
from backup.restic import Repository
from backup.room import Room, growth, problem
from qlines.backup_record import Backup

LAST = Backup("aa", 0.0, 1.0, bytes=1_000, bytes_added=40)
MB = 1_000_000
DATA = Room(500 * MB, 300 * MB)


@pytest.mark.parametrize(
    ("size", "last", "expected"), [(900, None, 900), (1_500, LAST, 500), (1_010, LAST, 40)]
)
def test_a_repository_grows_by_what_is_new(size, last, expected):
    assert growth(size, last) == expected


def test_the_guard_of_the_disk_keeps_its_room_when_the_repository_is_on_the_disk_of_the_data():
    assert problem(DATA, None, 200 * MB) is None
    assert "the disk has 500 MB free, the backup needs about 201 MB" in problem(
        DATA, None, 201 * MB
    )


def test_a_disk_of_its_own_is_measured_instead():
    assert problem(DATA, Room(700 * MB, 0), 600 * MB) is None
    assert "the disk of the repository has 700 MB free" in problem(
        DATA, Room(700 * MB, 0), 800 * MB
    )


def test_a_disk_of_the_data_that_is_too_full_is_said_wherever_the_repository_is():
    assert "300 MB must stay free" in problem(Room(200 * MB, 300 * MB), Room(700 * MB, 0), 0)


@pytest.mark.parametrize(
    ("address", "folder"),
    [("/mnt/backup", "/mnt/backup"), ("local:/mnt/backup", "/mnt/backup"), ("sftp:h:/b", None)],
)
def test_a_local_repository_has_a_folder(address, folder):
    found = Repository(address, "correct horse", places=None).folder

    assert (str(found) if found else None) == folder


def test_a_folder_that_is_not_there_yet_is_on_the_disk_of_the_one_above_it(tmp_path):
    repository = Repository(str(tmp_path / "new" / "repository"), "correct horse", places=None)

    assert room._of_another_disk(repository, tmp_path) is None


def test_the_disk_of_a_folder_that_is_mounted_is_measured(tmp_path):
    repository = Repository("/proc/self", "correct horse", places=None)

    assert room._of_another_disk(repository, tmp_path) == Room(0, 0)
