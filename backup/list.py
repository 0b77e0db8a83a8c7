"""`list`: the backups in the repository, the oldest first."""

from typing import NamedTuple

from backup import catalog, manifest, repositories, tags
from backup.errors import BackupError
from qlines.settings import Settings


class Listed(NamedTuple):
    """One backup; *problem* says why it cannot be restored."""

    id: str
    at: float
    seconds: float
    bytes: int
    bytes_added: int
    counts: dict[str, int]
    missing: tuple[str, ...]
    problem: str | None


def run(settings: Settings) -> list[Listed]:
    """Return every backup; raise BackupError when the repository cannot be read."""
    repository = repositories.main(settings)
    if not repository.exists():
        return []
    listed = []
    for snapshot in repository.snapshots(tags.DATA):
        try:
            found = catalog.read(repository, snapshot).manifest
        except BackupError as error:
            listed.append(
                Listed(snapshot.id, snapshot.at, 0.0, 0, snapshot.bytes_added, {}, (), str(error))
            )
            continue
        size = sum(source.bytes for source in found.sources.values())
        listed.append(
            Listed(
                snapshot.id,
                found.at,
                round(found.seconds, 1),
                size,
                snapshot.bytes_added,
                manifest.counts(found),
                found.missing,
                None,
            )
        )
    return listed
