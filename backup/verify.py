"""`verify`: read every byte of the repository, and the manifest of the backup."""

from typing import NamedTuple

from backup import catalog, manifest, repositories, tags
from backup.errors import BackupError
from qlines.settings import Settings


class Verified(NamedTuple):
    """The backup whose parts are all there and readable."""

    id: str
    at: float
    counts: dict[str, int]


def run(settings: Settings, wanted: str = catalog.NEWEST) -> Verified:
    """Check the repository's data and that the backup is complete; raise BackupError otherwise.

    The caller holds the lock.
    """
    repository, secrets = repositories.main(settings), repositories.of_secrets(settings)
    repository.unlock()
    snapshot = catalog.find(repository, wanted)
    repository.check(reads_data=True)
    if secrets.address != repository.address:
        secrets.check(reads_data=True)
    found = catalog.read(repository, snapshot)
    if not catalog.ids_of_run(secrets, tags.SECRETS, found.manifest.run):
        raise BackupError(f"the backup {snapshot.id} is not complete: its secrets are missing")
    return Verified(snapshot.id, found.manifest.at, manifest.counts(found.manifest))
