"""Bring a snapshot into scratch stores and compare it with its manifest: what a drill proves.

1. Write the snapshot's files into the scratch folder; compare them with the manifest's checksums.
2. Load each store, one after the other to save memory, and compare the counts.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from backup import catalog, manifest, repositories
from backup.catalog import Found
from backup.counts import Counts
from backup.errors import BackupError
from backup.progress import Progress, megabytes
from backup.restic import Repository
from backup.scratch import Scratch
from backup.sources import blog, clickhouse, mongodb
from qlines.settings import Settings
from qlines.spool.disk_lines import lines_of
from qlines.spool.quota import disk_space
from qlines.store.data_version import DATA_VERSION

FILES = "snapshot"  # in the scratch folder
# The snapshot and what is loaded from it: ClickHouse's parts are moved, MongoDB's documents copied.
ROOM_FACTOR = 1.5


class Fetched(NamedTuple):
    """A backup whose files are in *folder*, and which of its sources."""

    found: Found
    folder: Path
    sources: tuple[str, ...]


def find(settings: Settings, wanted: str, *, is_read_only: bool = False) -> Found:
    """Return the wanted backup; raise BackupError for one of a newer program."""
    repository = repositories.main(settings, is_read_only=is_read_only)
    found = catalog.read(repository, catalog.find(repository, wanted))
    if found.manifest.data_version > DATA_VERSION:
        raise BackupError(
            f"the backup {found.snapshot.id} was made by version {found.manifest.version} (data"
            f" version {found.manifest.data_version}), this image reads up to {DATA_VERSION}: run"
            " the newer image"
        )
    return found


def fetch(
    settings: Settings,
    repository: Repository,
    found: Found,
    sources: Iterable[str],
    progress: Progress,
) -> Fetched:
    """Write the files of these sources into the scratch folder.

    Raise BackupError when the disk has too little room, or a file is not what the manifest says.
    """
    wanted = tuple(name for name in sources if name in found.manifest.sources)
    folder = Scratch.folder_of(settings) / FILES
    _require_room(settings, sum(found.manifest.sources[name].bytes for name in wanted))
    show = progress.step("files")
    for name in wanted:
        repository.restore(found.snapshot.id, f"/{name}", folder / name, show)
    manifest.check_files(found.manifest, folder, wanted)
    size = manifest.size(folder)[1]
    progress.end("files", f"{megabytes(size)} of snapshot {found.snapshot.id}")
    return Fetched(found, folder, wanted)


def load(fetched: Fetched, scratch: Scratch, progress: Progress) -> None:
    """Load MongoDB and ClickHouse, and check the blog's dumps, which only the blog can load.

    Raise BackupError when a count is not the manifest's.
    """
    if "mongodb" in fetched.sources:
        progress.step("mongodb")
        with scratch.mongodb():
            restored = mongodb.restore(scratch.settings, fetched.folder / "mongodb")
        _compare("mongodb", fetched, restored)
        progress.end("mongodb", "as the manifest says")
    if "clickhouse" in fetched.sources:
        progress.step("clickhouse")
        with scratch.clickhouse():
            load_clickhouse(fetched, scratch)
        progress.end("clickhouse", "as the manifest says")
    if "blog" in fetched.sources:
        progress.step("blog")
        _compare("blog", fetched, blog.check(fetched.folder / "blog"))
        progress.end("blog", "as the manifest says")


def load_clickhouse(fetched: Fetched, scratch: Scratch) -> None:
    """Load the second ClickHouse, which runs; raise BackupError when a count is another one."""
    restored = clickhouse.restore(scratch.settings, fetched.folder / "clickhouse")
    _compare("clickhouse", fetched, restored)


def _compare(name: str, fetched: Fetched, restored: Counts) -> None:
    wrong = manifest.difference(fetched.found.manifest.sources[name].counts, restored)
    if wrong:
        raise BackupError(f"{name} is not what the manifest says: {wrong}")


def _require_room(settings: Settings, size: int) -> None:
    disk = disk_space(settings.data_dir)
    must_stay = lines_of(disk.total_bytes, settings.disk_guard_percent).refuse_below
    needed = int(size * ROOM_FACTOR)
    if disk.free_bytes - needed < must_stay:
        raise BackupError(
            f"the disk has {megabytes(disk.free_bytes)} free, this takes {megabytes(needed)} beside"
            f" what runs, and {megabytes(must_stay)} must stay free: add space"
        )
