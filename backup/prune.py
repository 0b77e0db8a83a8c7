"""`prune`: delete the backups that the retention does not keep, and free their space."""

from typing import NamedTuple

from backup import repositories, tags
from backup.restic import Repository
from qlines.setting_table import Kept
from qlines.settings import Settings


class Pruned(NamedTuple):
    """The ids of the deleted backups."""

    removed: list[str]


def run(settings: Settings) -> Pruned:
    """Apply QLINES_BACKUP_KEEP to both places; raise BackupError when one cannot be reached.

    The second one is left alone with QLINES_BACKUP_SECOND_PRUNE=off. The caller holds the lock.
    """
    removed = prune(repositories.main(settings), repositories.of_secrets(settings), settings)
    other, secrets = repositories.second(settings), repositories.second_of_secrets(settings)
    if other and secrets and settings.backup_second_prune and other.exists():
        prune(other, secrets, settings)
    return Pruned(removed)


def prune(data: Repository, secrets: Repository, settings: Settings) -> list[str]:
    """Delete old snapshots of one place; return the ids of those with data."""
    keep: Kept = settings.backup_keep
    data.unlock()
    removed = data.forget_by_age(tags.DATA, keep.daily, keep.weekly, keep.monthly)
    is_apart = secrets.address != data.address
    if is_apart and not secrets.exists():
        orphaned = []
    else:
        orphaned = tags.orphans(secrets.snapshots(tags.SECRETS), data.snapshots(tags.DATA))
        secrets.forget(orphaned)
    if removed or orphaned:
        data.prune()
    if orphaned and is_apart:
        secrets.prune()
    return removed
