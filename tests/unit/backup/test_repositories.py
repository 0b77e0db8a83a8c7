import dataclasses

import pytest

from backup import repositories
from backup.errors import BackupError
from qlines.settings import Settings

PLAIN = Settings.from_env(
    {"QLINES_DATA_DIR": "/nowhere", "QLINES_BACKUP_PASSWORD": "of the backups"}
)


def with_(**settings):
    return dataclasses.replace(PLAIN, **settings)


def test_backups_are_kept_in_the_volume_unless_a_place_is_set():
    assert repositories.main(PLAIN).address == "/nowhere/backup/repository"
    elsewhere = with_(backup_repository="sftp:host:/qlines")
    assert repositories.main(elsewhere).address == "sftp:host:/qlines"


def test_without_a_password_there_is_no_backup():
    with pytest.raises(BackupError, match="set QLINES_BACKUP_PASSWORD"):
        repositories.main(with_(backup_password=""))


def test_secrets_are_in_the_same_repository():
    assert repositories.of_secrets(PLAIN).address == repositories.main(PLAIN).address


def test_secrets_with_a_password_of_their_own_are_beside_it_in_both_places():
    own = with_(
        backup_repository="rest:https://host/qlines/",
        backup_second_repository="/mnt/second",
        backup_secrets_password="of the secrets",
    )

    assert repositories.of_secrets(own).address == "rest:https://host/qlines-secrets"
    assert repositories.second_of_secrets(own).address == "/mnt/second-secrets"


def test_there_is_no_second_place_by_default():
    assert repositories.second(PLAIN) is None
    assert repositories.second_of_secrets(PLAIN) is None
