"""`create`: dump every source, judge what came of it, and save it as a snapshot.

1. Dump each source into the staging folder, in the order of `sources.table`.
2. Write the manifest, and refuse what is empty or much smaller than the last good backup.
3. Save the secrets, then the data with the manifest: a backup exists once its data do.
4. Delete old backups, and bring the second place up to date.

A failure at any step leaves the earlier backups as they were, and is in the record.
"""

import json
import logging
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from time import gmtime, strftime

from backup import manifest, prune, repositories, room, second_place, tags
from backup.counts import in_words
from backup.errors import BackupError
from backup.lock import only_one
from backup.manifest import Manifest, SourceReport
from backup.places import Places
from backup.progress import Progress, megabytes
from backup.recording import recording
from backup.restic import Repository, Saved, remove_tmp
from backup.sources import blog, mongodb, table
from backup.sources.kafka import OFFSETS
from backup.sources.table import Step
from qlines import backup_record
from qlines.backup_record import Backup
from qlines.clock import Clock
from qlines.settings import Settings
from qlines.store.data_version import DATA_VERSION
from qlines.version import VERSION

log = logging.getLogger(__name__)


@dataclass
class Dumped:
    """What the sources wrote: their reports by name, and what is not in the backup."""

    reports: dict[str, SourceReport] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)


def run(
    settings: Settings, clock: Clock, progress: Progress, *, accepts_smaller: bool = False
) -> Backup:
    """Make a backup and return it.

    Raise BackupError when another one runs, a source or the repository fails, or the result is
    not a good backup; StoreUnavailableError when a store does not answer.
    """
    places = Places(settings.data_dir)
    with only_one(places.lock), recording(settings.data_dir, clock):
        _clear(places)
        try:
            made = _create(settings, clock, progress, accepts_smaller=accepts_smaller)
        finally:
            _clear(places)
    return made


def _create(
    settings: Settings, clock: Clock, progress: Progress, *, accepts_smaller: bool
) -> Backup:
    places = Places(settings.data_dir)
    at, started_at = clock.now_us() / 1e6, clock.monotonic()
    run_name = strftime("%Y%m%dT%H%M%SZ", gmtime(at))
    data, secrets = repositories.main(settings), repositories.of_secrets(settings)
    room.require(settings, data, 0)
    for repository in {item.address: item for item in (data, secrets)}.values():
        repository.ensure()
        repository.unlock()
    dumped = dump_all(settings, places.staging, clock, progress)
    _save_secrets(settings, secrets, run_name, dumped, clock, progress)
    last = backup_record.read(settings.data_dir).last_good
    made = Manifest(
        run_name, VERSION, DATA_VERSION, at, clock.monotonic() - started_at, dumped.reports,
        manifest.checksums(places.staging / "data"), tuple(dumped.missing.values()),
        offsets(places.staging / "data"),
        mongodb.hidden(places.staging / "data" / "mongodb") if "mongodb" in dumped.reports else {},
    )  # fmt: skip
    _judge(made, last, settings, accepts_smaller=accepts_smaller)
    size = sum(source.bytes for source in dumped.reports.values())
    room.require(settings, data, room.growth(size, last))
    (places.staging / "data" / manifest.FILE).write_text(manifest.to_json(made))
    saved = _save(data, places.staging / "data", blog_paths(settings, dumped.missing), run_name,
                  progress)  # fmt: skip
    good = Backup(
        saved.id, at, round(clock.monotonic() - started_at, 1), size, saved.bytes_added,
        manifest.counts(made), made.missing,
    )  # fmt: skip
    backup_record.write(
        settings.data_dir,
        backup_record.read(settings.data_dir)._replace(
            last_good=good, failure=None, failed_restore=None
        ),
    )
    prune.prune(data, secrets, settings)
    second_place.copy(settings, progress)
    return good


def dump_all(settings: Settings, staging: Path, clock: Clock, progress: Progress) -> Dumped:
    """Dump the data; raise BackupError with the source's name when one fails."""
    dumped = Dumped(missing=table.absent(settings))
    for step in table.DATA:
        if step.source not in dumped.missing:
            report = _dump(step, settings, staging / "data" / step.source, clock, progress)
            known = dumped.reports.get(step.source)
            dumped.reports[step.source] = added(known, report) if known else report
    return dumped


def _dump(
    step: Step, settings: Settings, folder: Path, clock: Clock, progress: Progress
) -> SourceReport:
    Places(settings.data_dir).staging.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.mkdir(parents=True, exist_ok=True)
    progress.step(step.source)
    started_at = clock.monotonic()
    try:
        counts = step.dump(settings, folder)
    except (OSError, BackupError) as error:
        raise BackupError(f"the dump of {step.source} failed: {error}") from error
    files, size = manifest.size(folder)
    if step.source == "blog":  # restic reads these in place
        files, size = _with_blog_files(settings, files, size)
    seconds = round(clock.monotonic() - started_at, 2)
    progress.end(step.source, f"{summary(counts)} {megabytes(size)} in {seconds:.1f} s".lstrip())
    return SourceReport(counts, files, size, seconds)


def _with_blog_files(settings: Settings, files: int, size: int) -> tuple[int, int]:
    sizes = [manifest.size(path) for path in blog.paths(settings)]
    return files + sum(number for number, _ in sizes), size + sum(size for _, size in sizes)


def added(earlier: SourceReport, later: SourceReport) -> SourceReport:
    """Return the report of a source that is dumped in two steps into one folder."""
    return SourceReport(
        {**earlier.counts, **later.counts},
        later.files,
        later.bytes,
        round(earlier.seconds + later.seconds, 2),
    )


def summary(counts: Mapping[str, int]) -> str:
    """Return the first few counts for people."""
    shown = [
        in_words(number, name) for name, number in list(counts.items())[:3] if " of " not in name
    ]
    return ", ".join(shown) + "," if shown else ""


def offsets(folder: Path) -> dict[str, object]:
    """Return what the writer had committed to Kafka, as the dump says."""
    file = folder / "kafka" / OFFSETS
    return dict(json.loads(file.read_text())) if file.exists() else {}


def blog_paths(settings: Settings, missing: Mapping[str, str]) -> list[Path]:
    """Return the folders that restic reads in place, because copies would double them."""
    return [] if "blog" in missing else blog.paths(settings)


def _judge(
    made: Manifest, last: Backup | None, settings: Settings, *, accepts_smaller: bool
) -> None:
    if last is None or accepts_smaller:
        return
    lasting = manifest.lasting(last.counts, made)
    reason = manifest.shrunk(lasting, manifest.counts(made), settings.backup_max_shrink_percent)
    if reason:
        raise BackupError(f"this is not a good backup, and the earlier ones are kept: {reason}")


def _save_secrets(
    settings: Settings,
    repository: Repository,
    run_name: str,
    dumped: Dumped,
    clock: Clock,
    progress: Progress,
) -> None:
    folder = Places(settings.data_dir).staging / "secrets"
    dumped.reports["secrets"] = _dump(table.SECRETS, settings, folder, clock, progress)
    repository.backup(folder, [], [tags.SECRETS, tags.of_run(run_name)], lambda _share: None)


def _save(
    repository: Repository, folder: Path, others: list[Path], run_name: str, progress: Progress
) -> Saved:
    show = progress.step("repository")
    saved = repository.backup(folder, others, [tags.DATA, tags.of_run(run_name)], show)
    progress.end("repository", f"snapshot {saved.id}, {megabytes(saved.bytes_added)} added")
    return saved


def _clear(places: Places) -> None:
    shutil.rmtree(places.staging, ignore_errors=True)
    remove_tmp(places)
