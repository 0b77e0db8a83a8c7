"""Find backups in the repository, and read what they say of themselves."""

from typing import NamedTuple

from backup import manifest, tags
from backup.errors import BackupError
from backup.manifest import Manifest
from backup.restic import Repository, Snapshot

NEWEST = "latest"


class Found(NamedTuple):
    """A snapshot of the data and its manifest."""

    snapshot: Snapshot
    manifest: Manifest


def find(repository: Repository, wanted: str) -> Snapshot:
    """Return the backup with this id, or the beginning of it, or the newest one.

    Raise BackupError when it does not exist, or more than one.
    """
    return choose(repository.snapshots(tags.DATA), wanted, repository.place)


def choose(snapshots: list[Snapshot], wanted: str, place: str) -> Snapshot:
    """Return the one that is meant, of snapshots with the oldest first; pure."""
    if not snapshots:
        raise BackupError(f"there is no backup in {place}: make one by `qlines backup create`")
    if wanted == NEWEST:
        return snapshots[-1]
    matching = [snapshot for snapshot in snapshots if wanted and snapshot.id.startswith(wanted)]
    if len(matching) != 1:
        what = "no backup has" if not matching else "several backups have"
        raise BackupError(f"{what} the id {wanted!r}: see `qlines backup list`")
    return matching[0]


def read(repository: Repository, snapshot: Snapshot) -> Found:
    """Return the snapshot with its manifest; raise BackupError when it has none."""
    return Found(snapshot, manifest.from_json(repository.read(snapshot.id, f"/{manifest.FILE}")))


def ids_of_run(repository: Repository, tag: str, run: str) -> list[str]:
    """Return the ids of the snapshots of one run that have this tag, the oldest first."""
    return [snapshot.id for snapshot in repository.snapshots(tag) if tags.run_of(snapshot) == run]
