"""Copy the backups to the second place, and apply the retention there.

Everything that the first place has is copied, not the newest alone: what was made while the second
place did not answer follows with the next backup.
"""

from backup import repositories, tags
from backup.errors import BackupError
from backup.progress import Progress
from backup.prune import prune
from backup.restic import Repository
from qlines.settings import Settings


def copy(settings: Settings, progress: Progress) -> None:
    """Bring the second place up to date; raise BackupError when that fails, None without one."""
    other, secrets = repositories.second(settings), repositories.second_of_secrets(settings)
    if other is None or secrets is None:
        return
    progress.step("second place")
    try:
        # The secrets first: a backup exists once its data do.
        _copy_all(repositories.of_secrets(settings), secrets, tags.SECRETS)
        _copy_all(repositories.main(settings), other, tags.DATA)
        if settings.backup_second_prune:
            prune(other, secrets, settings)
    except BackupError as error:
        raise BackupError(
            f"the backup is good, but it could not be copied to {other.place}: {error}"
        ) from error
    progress.end("second place", f"copied to {other.place}")


def _copy_all(source: Repository, target: Repository, tag: str) -> None:
    """Copy what *target* lacks: restic skips what is there."""
    target.copy_from(source, [snapshot.id for snapshot in source.snapshots(tag)])
