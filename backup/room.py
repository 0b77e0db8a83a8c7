"""Refuse a backup for which there is no room, before the disk's guard would have to make it."""

from pathlib import Path
from typing import NamedTuple

from backup.errors import BackupError
from backup.progress import megabytes
from backup.restic import Repository
from qlines.backup_record import Backup
from qlines.settings import Settings
from qlines.spool.disk_lines import lines_of
from qlines.spool.quota import disk_space


class Room(NamedTuple):
    """What a disk has free, and how much of it is not for backups; bytes."""

    free_bytes: int
    kept_free_bytes: int


def require(settings: Settings, repository: Repository, needed_bytes: int) -> None:
    """Raise BackupError when the data's disk or the repository's has too little room.

    *needed_bytes*: by how much the repository is expected to grow.
    """
    disk = disk_space(settings.data_dir)
    data = Room(disk.free_bytes, lines_of(disk.total_bytes, settings.disk_guard_percent).save_below)
    elsewhere = _of_another_disk(repository, settings.data_dir)
    reason = problem(data, elsewhere, needed_bytes if repository.is_local else 0)
    if reason:
        raise BackupError(reason)


def problem(data: Room, elsewhere: Room | None, needed_bytes: int) -> str | None:
    """Return why there is no room, or None; pure.

    *elsewhere* is the repository's disk, None when it is that of the data, or of another machine.
    The oldest readings must not be dropped for the sake of their own backup, so the line of the
    disk's guard holds for the data's disk. A disk with backups alone may become full of them.
    """
    on_this_disk = 0 if elsewhere else needed_bytes
    if data.free_bytes - on_this_disk < data.kept_free_bytes:
        return (
            f"the disk has {megabytes(data.free_bytes)} free, the backup needs about"
            f" {megabytes(on_this_disk)}, and {megabytes(data.kept_free_bytes)} must stay free"
            " (QLINES_DISK_GUARD_PERCENT): add space, keep fewer backups (QLINES_BACKUP_KEEP), or"
            " keep them elsewhere (QLINES_BACKUP_REPOSITORY)"
        )
    if elsewhere and elsewhere.free_bytes < needed_bytes:
        return (
            f"the disk of the repository has {megabytes(elsewhere.free_bytes)} free, and the backup"
            f" needs about {megabytes(needed_bytes)}: add space, or keep fewer backups"
            " (QLINES_BACKUP_KEEP)"
        )
    return None


def growth(size_bytes: int, last: Backup | None) -> int:
    """Return how much a repository is expected to grow by a dump of this size; pure."""
    return max(size_bytes - last.bytes, last.bytes_added) if last else size_bytes


def _of_another_disk(repository: Repository, data_dir: Path) -> Room | None:
    folder = repository.folder
    if folder is None:
        return None
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if existing.stat().st_dev == data_dir.stat().st_dev:
        return None
    return Room(disk_space(existing).free_bytes, 0)
