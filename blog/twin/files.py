"""Fetch the sites' files from the other side by rsync, and delete here what it no longer has.

A side that was the primary may hold the only copy of an upload, so what a fetch would delete or
overwrite there is moved aside. Once one fetch was complete, all files here are the other side's and
a marker stands: what is deleted after that was deleted at the primary. Where the marker is missing
for any other reason, too much is kept and never too little.
"""

import contextlib
import logging
import re
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, NamedTuple

from appliance.shared.files import sync_folder
from blog.twin.kept import Kept

log = logging.getLogger(__name__)

# A link that is cut delivers nothing, and ends nothing.
STALL_SECONDS = 15
# Caches are each side's own, and unfinished updates nobody's.
NOT_COPIED = (
    "/*/wp-content/cache/",
    "/*/wp-content/upgrade/",
    "/*/wp-content/upgrade-temp-backup/",
)
_DELETED = re.compile(r"^deleting (.*[^/\n])$", re.MULTILINE)
_FETCHED = re.compile(r"^Number of regular files transferred: ([\d,]+)$", re.MULTILINE)
MAX_NAMED = 5
# 24: a file vanished at the other side while it was fetched.
SUCCESS = {0, 24}


class Source(NamedTuple):
    """Where the other side's files are, and the file with the password."""

    url: str
    password_file: Path


class FilePull:
    """One rsync at a time; *followed* is the marker."""

    def __init__(
        self, source: Source, target: Path, kept: Kept, followed: Path,
        now: Callable[[], float] = time.time,
    ) -> None:  # fmt: skip
        self._source, self._target = source, target
        self._kept = kept
        self._followed = followed
        self._now = now
        self._aside: Path | None = None
        self._process: subprocess.Popen[bytes] | None = None
        # Not a pipe, which rsync would fill while nobody reads.
        self._output: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - kept for each pull
        self.succeeded_at: float | None = None
        self.error = ""

    def start(self) -> None:
        """Begin, unless one is running."""
        if self._process is not None:
            return
        try:
            self._aside = None if self._followed.exists() else self._kept.place_for_files()
        except OSError as error:
            self.error = f"there is no folder for files of this VM only: {error}"
            return
        self._output.seek(0)
        self._output.truncate()
        # S603: the arguments are our own.
        self._process = subprocess.Popen(  # noqa: S603
            command(self._source, self._target, self._aside),
            stdout=self._output, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def is_running(self) -> bool:
        """Return whether one is running; note the result of one that has ended."""
        if self._process is None:
            return False
        if self._process.poll() is None:
            return True
        status, self._process = self._process.returncode, None
        self._note(status)
        return False

    def cancel(self) -> None:
        """End one that runs; the files that it has fetched stay."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def keep_from_now_on(self) -> None:
        """Remove the marker, before the first upload of this side; no power cut brings it back."""
        if self._followed.exists():
            self._followed.unlink()
            sync_folder(self._followed.parent)

    def _note(self, status: int) -> None:
        self._output.seek(0)
        output = self._output.read().decode(errors="replace")
        if sentence := told(output, self._aside):
            log.info("%s", sentence)
        if status == 0:
            # Without it the next fetch keeps what it deletes.
            with contextlib.suppress(OSError):
                self._followed.touch()
        if status in SUCCESS:
            self.succeeded_at, self.error = self._now(), ""
        else:
            self.error = f"rsync ended with {status}: {last_line(output)}"


def command(source: Source, target: Path, aside: Path | None) -> Sequence[str]:
    """Return rsync's command line; what it deletes or overwrites is moved to *aside*, if that is.

    A file takes its place once it is whole, and what vanished is deleted last.
    """
    return (
        "rsync", "--recursive", "--links", "--times", "--perms", "--delete-after",
        *(("--backup", f"--backup-dir={aside}") if aside else ()),
        "--info=del,stats2", f"--timeout={STALL_SECONDS}",
        f"--password-file={source.password_file}",
        *(f"--exclude={pattern}" for pattern in NOT_COPIED),
        source.url, f"{target}/",
    )  # fmt: skip


def told(output: str, aside: Path | None) -> str:
    """Return a line for the log about what was fetched and deleted, "" for nothing."""
    deleted = _DELETED.findall(output)
    found = _FETCHED.search(output)
    fetched = found[1] if found else "0"
    parts = [f"fetched {fetched} files of the other VM"] if fetched != "0" else []
    if deleted:
        more = ", …" if len(deleted) > MAX_NAMED else ""
        names = ", ".join(deleted[:MAX_NAMED]) + more
        done = f"moved to {aside}" if aside else "deleted"
        parts.append(f"{done} {len(deleted)} files that it does not have: {names}")
    return ", ".join(parts)


def last_line(output: str) -> str:
    """Return the last line that says something."""
    return next((line for line in reversed(output.splitlines()) if line.strip()), "no reason")
