"""The repositories that the settings name."""

from backup.errors import BackupError
from backup.places import Places
from backup.restic import Repository
from qlines.settings import Settings


def main(settings: Settings, *, is_read_only: bool = False) -> Repository:
    """Return the repository of the data; raise BackupError without a password."""
    places = Places(settings.data_dir)
    if not settings.backup_password:
        raise BackupError(
            "there is no password for the backup: set QLINES_BACKUP_PASSWORD, or restore"
            " /data/secrets/backup_password"
        )
    address = settings.backup_repository or str(places.repository)
    return Repository(address, settings.backup_password, places, is_read_only=is_read_only)


def of_secrets(settings: Settings, *, is_read_only: bool = False) -> Repository:
    """Return the repository of secrets and certificates.

    It is the same one, unless they have a password of their own: restic has one for each
    repository.
    """
    return _secrets_beside(main(settings, is_read_only=is_read_only), settings, is_read_only)


def second(settings: Settings) -> Repository | None:
    """Return the second place, with the first one's password, or None."""
    if not settings.backup_second_repository:
        return None
    return Repository(
        settings.backup_second_repository, settings.backup_password, Places(settings.data_dir)
    )


def second_of_secrets(settings: Settings) -> Repository | None:
    """Return where the secrets are in the second place, or None."""
    repository = second(settings)
    return _secrets_beside(repository, settings, False) if repository else None


def _secrets_beside(data: Repository, settings: Settings, is_read_only: bool) -> Repository:
    if not settings.backup_secrets_password:
        return data
    return Repository(
        data.address.rstrip("/") + "-secrets",
        settings.backup_secrets_password,
        Places(settings.data_dir),
        is_read_only=is_read_only,
    )
