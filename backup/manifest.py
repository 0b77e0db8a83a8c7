"""What a backup says of itself: versions, counts, sizes, checksums, durations; pure but for files.

It is stored as `manifest.json` in its snapshot, and what is restored is compared with it.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from backup.errors import BackupError

FILE = "manifest.json"
FORMAT = 1
# The files of ClickHouse's parts are not hashed here: each part has this list of their hashes, and
# reading gigabytes that have not changed would make each backup as long as the first one.
PARTS, CHECKSUMS = "clickhouse/data/", "checksums.txt"
CHUNK_BYTES = 1 << 20
# What people ask for, of all counts, each with its source.
HEADLINE = {
    "users": "mongodb",
    "devices": "mongodb",
    "readings": "clickhouse",
    "posts": "blog",
    "sites": "blog",
    "jobs": "redis",
}
PASSING = frozenset({"jobs"})  # these come and go


class SourceReport(NamedTuple):
    """What one source wrote: items by kind, files and their bytes, and how long it took."""

    counts: Mapping[str, int]
    files: int
    bytes: int
    seconds: float


class Manifest(NamedTuple):
    """A backup; *at* is when it began, epoch seconds.

    *run* joins its snapshots, *checksums* are SHA-256 by path, *missing* the sentences about what
    is not in it, *offsets* what the writer had committed to Kafka. *hidden* are those users and
    devices of the counts that nobody sees.
    """

    run: str
    version: str
    data_version: int
    at: float
    seconds: float
    sources: Mapping[str, SourceReport]
    checksums: Mapping[str, str]
    missing: tuple[str, ...]
    offsets: Mapping[str, Any]
    hidden: Mapping[str, int]


def counts(manifest: Manifest) -> dict[str, int]:
    """Return the counts that people ask for, of what they can see."""
    every = {name: n for source in manifest.sources.values() for name, n in source.counts.items()}
    hidden = manifest.hidden
    return {name: every[name] - hidden.get(name, 0) for name in HEADLINE if name in every}


def to_json(manifest: Manifest) -> str:
    """Return the manifest as it is stored."""
    sources = {name: source._asdict() for name, source in manifest.sources.items()}
    document = {"format": FORMAT, **manifest._asdict(), "sources": sources}
    return json.dumps(document, indent=1)


def from_json(text: bytes | str) -> Manifest:
    """Return the manifest that to_json() wrote; raise BackupError for anything else."""
    try:
        document = json.loads(text)
        if document["format"] > FORMAT:
            raise BackupError(
                f"the manifest has format {document['format']}, this program reads up to {FORMAT}:"
                " run the newer image"
            )
        sources = {name: SourceReport(**source) for name, source in document["sources"].items()}
        fields = {name: document[name] for name in Manifest._fields}
        return Manifest(**{**fields, "sources": sources, "missing": tuple(document["missing"])})
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackupError(
            f"the manifest of this snapshot cannot be read ({error!r}): it is not a complete backup"
        ) from None


def checksums(folder: Path) -> dict[str, str]:
    """Return the SHA-256 of the files below *folder* that the manifest lists, by path."""
    return {
        str(file.relative_to(folder)): _sha256(file)
        for file in sorted(_files(folder))
        if is_listed(str(file.relative_to(folder)))
    }


def is_listed(path: str) -> bool:
    """Return whether a file's checksum is in the manifest."""
    if path == FILE:
        return False
    return not path.startswith(PARTS) or path.rpartition("/")[2] == CHECKSUMS


def size(folder: Path) -> tuple[int, int]:
    """Return how many files are below *folder*, and their bytes."""
    sizes = [file.stat().st_size for file in _files(folder)]
    return len(sizes), sum(sizes)


def check_files(manifest: Manifest, folder: Path, sources: tuple[str, ...]) -> None:
    """Raise BackupError when files of these sources are missing or differ from the manifest."""
    found = checksums(folder)
    for path, expected in manifest.checksums.items():
        if path.partition("/")[0] in sources and found.get(path) != expected:
            what = "is missing" if path not in found else "has another content"
            raise BackupError(
                f"the file {path} of the snapshot {what}: this backup is not complete"
            )


def difference(expected: Mapping[str, int], restored: Mapping[str, int]) -> str | None:
    """Return how the restored counts differ from the manifest's, as a sentence, or None."""
    wrong = [
        f"{expected.get(name, 0)} {name} were backed up, {restored.get(name, 0)} restored"
        for name in sorted({*expected, *restored})
        if expected.get(name, 0) != restored.get(name, 0)
    ]
    return "; ".join(wrong) or None


def lasting(last: Mapping[str, int], made: Manifest) -> dict[str, int]:
    """Return those counts of the last backup that *made* has to compare with.

    Not those of a source that is no longer in the backup, which the backup says in words.
    """
    return {
        name: number
        for name, number in last.items()
        if name not in PASSING and HEADLINE.get(name) in made.sources
    }


def shrunk(last: Mapping[str, int], new: Mapping[str, int], max_percent: int) -> str | None:
    """Return which count is smaller than the last one by more than the share allows, or None."""
    for name, before in last.items():
        now = new.get(name, 0)
        if before and (before - now) * 100 > before * max_percent:
            return (
                f"it holds {now} {name}, the last one {before}: more than"
                f" QLINES_BACKUP_MAX_SHRINK_PERCENT ({max_percent}) less. If that is right, run"
                " `qlines backup create --accept-smaller`"
            )
    return None


def _files(folder: Path) -> Iterator[Path]:
    return (file for file in folder.rglob("*") if file.is_file() and not file.is_symlink())


def _sha256(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as content:
        while chunk := content.read(CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()
