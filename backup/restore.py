"""`restore`: bring a backup back, beside what runs, and swap at the end.

1. Refuse what must not be restored here (`restore_rules`).
2. Load the stores in the scratch place and compare them with the manifest, as a drill does. What
   runs serves on, and a failure or a kill leaves it as it is.
3. Stop the pipeline, but not the broker: devices send as before. Exchange the stores' folders.
4. Start the stores; note in Kafka where the writer has to continue, and put back what waited in the
   spool, so that nothing is skipped; what arrives twice is deduplicated. Start the pipeline.

A failure in step 3 or 4, such as a store that does not start, puts the old folders back. A kill
there is mended by `recover`, which the scheduler and the next start run.
"""

import os
from typing import NamedTuple

from appliance.shared import twin
from backup import (
    catalog,
    loading,
    manifest,
    repositories,
    restore_device,
    restore_rules,
    tags,
)
from backup.errors import BackupError
from backup.loading import Fetched
from backup.lock import only_one
from backup.places import Places
from backup.programs import PIPELINE, STORES, Programs
from backup.progress import Progress
from backup.recording import recording_restore
from backup.registry_wait import wait_until_built
from backup.restic import remove_tmp
from backup.restore_rules import Wanted
from backup.scratch import Scratch
from backup.sources import blog, kafka, redis, secrets, spool
from backup.sources import mongodb as mongodb_source
from backup.swap import Swap
from qlines import backup_record
from qlines.backup_record import LOADING, SWAPPED, SWAPPING, Restore
from qlines.clients import mongodb
from qlines.clock import Clock
from qlines.settings import Settings
from qlines.store.hidden_owner import VISIBLE_DEVICES, VISIBLE_USERS

ALARMS = (
    "alarms since the backup are raised again as far as Kafka still has the readings; people are"
    " sent one message, in ten minutes, about those that are still active then"
)


class Options(NamedTuple):
    """What the operator asked for.

    *only* is a source, or ``device:ID``; *is_forced* replaces data that are there; *with_jobs* also
    queues the jobs that waited; *is_read_only*: nothing is written to the repository.
    """

    wanted: str = catalog.NEWEST
    only: str | None = None
    is_forced: bool = False
    with_jobs: bool = False
    is_read_only: bool = False


class Restored(NamedTuple):
    """What came back: from which backup, in how long, its counts, and sentences to read."""

    id: str
    seconds: float
    data_age_seconds: float
    counts: dict[str, int]
    notes: list[str]


def run(settings: Settings, clock: Clock, progress: Progress, options: Options) -> Restored:
    """Restore; raise BackupError, with what was there untouched or put back."""
    places = Places(settings.data_dir)
    with only_one(places.lock):
        started_at = clock.monotonic()
        scratch = Scratch(settings, clock)
        scratch.clear()
        found = loading.find(settings, options.wanted, is_read_only=options.is_read_only)
        wanted = restore_rules.wanted(options.only, found.manifest)
        left_out = blog.refusal(settings) if "blog" in wanted.sources else None
        wanted = restore_rules.without_blog(wanted, options.only, left_out)
        if "mongodb" in wanted.stores:
            restore_rules.require_no_twin(twin.is_paired(settings.data_dir))
        if wanted.stores and not options.is_forced:
            restore_rules.require_no_data(_has_data(settings))
        at = clock.now_us() / 1e6
        journal = Restore(at, LOADING, f"restoring the backup {found.snapshot.id}")
        backup_record.write_restore(settings.data_dir, journal)
        try:
            notes = _Run(settings, clock, progress, options, wanted).restore(found)
            notes += [left_out] if left_out else []
        finally:
            # If putting the old folders back failed too, `recover` finds the journal and does it.
            if not Swap(settings.data_dir).is_begun():
                backup_record.end_restore(settings.data_dir)
                scratch.clear()
            remove_tmp(places)
        seconds = round(clock.monotonic() - started_at, 1)
        age = max(0.0, at - found.manifest.at)
        return Restored(found.snapshot.id, seconds, age, manifest.counts(found.manifest), notes)


class _Run:
    """One restore; its steps share what the operator asked for."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        progress: Progress,
        options: Options,
        wanted: Wanted,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._progress = progress
        self._options = options
        self._wanted = wanted
        self._scratch = Scratch(settings, clock)
        self._programs = Programs(settings.run_dir, settings.roles, clock)
        self._swap = Swap(settings.data_dir)

    def restore(self, found: catalog.Found) -> list[str]:
        """Load, and swap what is loaded; return sentences for the operator."""
        repository = repositories.main(self._settings, is_read_only=self._options.is_read_only)
        fetched = loading.fetch(
            self._settings, repository, found, self._wanted.fetched, self._progress
        )
        if "blog" in fetched.sources:
            self._fetch_blog_files(fetched)
        self._fetch_secrets(fetched)
        if self._wanted.device:
            return self._restore_device(fetched)
        if self._wanted.stores:
            loading.load(fetched, self._scratch, self._progress)
            with recording_restore(self._settings.data_dir, self._clock):
                self._replace(fetched)
        elif self._options.only == "redis":
            redis.restore(self._settings, fetched.folder / "redis")
        else:
            self._restore_secrets(fetched)
        if "blog" in fetched.sources:
            blog.restore(self._settings, fetched.folder / "blog")
        return self._hints(fetched)

    def _fetch_blog_files(self, fetched: Fetched) -> None:
        """Fetch the blog's own files, which are in the snapshot under the paths they had."""
        repository = repositories.main(self._settings, is_read_only=self._options.is_read_only)
        show = self._progress.step("blog files")
        for path in blog.paths(self._settings):
            target = fetched.folder / "blog" / "files" / path.name
            repository.restore(fetched.found.snapshot.id, str(path), target, show)

    def _fetch_secrets(self, fetched: Fetched) -> None:
        if "secrets" not in self._wanted.sources:
            return
        secrets_of = repositories.of_secrets(
            self._settings, is_read_only=self._options.is_read_only
        )
        run = fetched.found.manifest.run
        ids = catalog.ids_of_run(secrets_of, tags.SECRETS, run)
        if not ids:
            raise BackupError(
                f"the backup {fetched.found.snapshot.id} is not complete: its secrets are missing"
            )
        show = self._progress.step("secrets")
        secrets_of.restore(ids[-1], "/", fetched.folder / "secrets", show)

    def _restore_secrets(self, fetched: Fetched) -> None:
        if "secrets" in self._wanted.sources:
            secrets.restore(self._settings, fetched.folder / "secrets")

    def _replace(self, fetched: Fetched) -> None:
        """Swap the loaded stores in, or put the old ones back and raise the reason."""
        stores = [store for store in STORES if store in fetched.sources]
        self._phase(SWAPPING, fetched)
        try:
            self._programs.stop(PIPELINE)
            stopped_us = self._clock.now_us()  # until now people were sent messages
            replaces_mongodb = "mongodb" in stores
            ended = mongodb_source.ended_mails_of(self._settings) if replaces_mongodb else []
            self._programs.stop(stores)
            os.sync()  # neither restic nor ClickHouse has synced what takes the old folders' place
            self._swap.exchange(stores)
            if "secrets" in self._wanted.sources:
                self._swap.keep_copy("secrets")
            self._restore_secrets(fetched)
            self._programs.start(stores)
            self._programs.run_once("init", stores)
            if replaces_mongodb:
                mongodb_source.note_restore(self._settings, stopped_us, ended)
            self._resume_pipeline(fetched)
        except BaseException:
            self._programs.stop([*PIPELINE, *stores])
            self._swap.undo()
            self._programs.start([*stores, *reversed(PIPELINE)])
            raise
        self._phase(SWAPPED, fetched)
        self._swap.finish()

    def _resume_pipeline(self, fetched: Fetched) -> None:
        if "kafka" in fetched.sources:
            kafka.restore(self._settings, fetched.folder / "kafka")
        if "spool" in fetched.sources:
            spool.restore(self._settings, fetched.folder / "spool")
        if self._options.with_jobs and "redis" in fetched.sources:
            redis.restore(self._settings, fetched.folder / "redis")
        if "mongodb" in fetched.sources and self._programs.has("registry"):
            began_us = self._clock.now_us()
            self._programs.start(["registry"])
            wait_until_built(self._settings.data_dir / "registry", began_us, self._clock)
        self._programs.start(reversed(PIPELINE))
        if "mongodb" in fetched.sources:
            # The restored presence is old. The devices connect again, and it is true again.
            self._programs.stop(["mosquitto"])
            self._programs.start(["mosquitto"])
        if "secrets" in self._wanted.sources:
            # It read the canary's keys and the token at its start.
            self._programs.stop(["healthd"])
            self._programs.start(["healthd"])

    def _phase(self, phase: str, fetched: Fetched) -> None:
        sentence = f"restoring the backup {fetched.found.snapshot.id}"
        at = self._clock.now_us() / 1e6
        backup_record.write_restore(self._settings.data_dir, Restore(at, phase, sentence))

    def _restore_device(self, fetched: Fetched) -> list[str]:
        return restore_device.run(
            self._settings, self._scratch, fetched, self._wanted.device or "", self._progress
        )

    def _hints(self, fetched: Fetched) -> list[str]:
        jobs = fetched.found.manifest.sources.get("redis")
        hints = list(fetched.found.manifest.missing)
        if "mongodb" in fetched.sources:
            hints.append(ALARMS)
        if jobs and jobs.counts.get("jobs") and not self._options.with_jobs:
            hints.append(
                f"{jobs.counts['jobs']} jobs waited when the backup was made; they were not queued"
                " again (--with-jobs queues them)"
            )
        return hints


def _has_data(settings: Settings) -> bool:
    """Return whether somebody uses this appliance: a device, or a second user."""
    if "mongodb" not in settings.roles:
        return False
    db = mongodb.connect(settings.mongodb)
    try:
        with mongodb.raising_unavailable():
            devices = db["devices"].count_documents(VISIBLE_DEVICES, limit=1)
            return bool(devices) or db["users"].count_documents(VISIBLE_USERS, limit=2) > 1
    finally:
        db.client.close()
