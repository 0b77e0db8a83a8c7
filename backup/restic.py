"""Run restic, which encrypts, deduplicates and stores the snapshots (restic 0.18).

Its exit statuses and JSON messages: https://restic.readthedocs.io/en/v0.18.0/075_scripting.html
"""

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from backup.errors import BackupError
from backup.places import Places
from backup.process import ENDS_WITH_US

PROGRAM = "restic"
HOST = "qlines"  # a container's own host name is another one after each replacement
DONE, MISSING, LOCKED, WRONG_PASSWORD = 0, 10, 11, 12
# Stored in /data, and never through /tmp: that is memory.
LOCAL = re.compile(r"(?:local:)?(/.*)")
PROGRESS = "RESTIC_PROGRESS_FPS"
# restic retries for 15 minutes, which would keep the lock; a place that is there answers sooner.
ANSWER_SECONDS = 60.0
# Nobody is asked for a password, and a server that vanished must not hold a run forever.
SSH_OPTIONS = "-o BatchMode=yes -o ConnectTimeout=20 -o ServerAliveInterval=30"
SSH_SAID = "subprocess ssh: "  # how restic passes on what ssh prints
PASSWORD_IN_ADDRESS = re.compile(r"(://[^/:@]*):[^/]*@")

Progress = Callable[[float], None]  # the share that is done, from 0 to 1


class Snapshot(NamedTuple):
    """A snapshot: its id, when it was taken (epoch seconds), its tags, what it added."""

    id: str
    at: float
    tags: tuple[str, ...]
    bytes_added: int = 0


class Saved(NamedTuple):
    """A new snapshot: its id, the bytes that it holds, and those that the repository grew by."""

    id: str
    bytes: int
    bytes_added: int


class Repository:
    """A repository of restic at *address*; every call may raise BackupError with restic's reason.

    *is_read_only*: nothing is written to it, not even restic's lock.
    """

    def __init__(
        self, address: str, password: str, places: Places, *, is_read_only: bool = False
    ) -> None:
        self.address = address
        self._password = password
        self._places = places
        self._is_read_only = is_read_only

    @property
    def place(self) -> str:
        """Return the address for people: without the password that one of a REST server has."""
        return PASSWORD_IN_ADDRESS.sub(r"\1:***@", self.address)

    @property
    def folder(self) -> Path | None:
        """Return its folder, None for one of another machine."""
        match = LOCAL.fullmatch(self.address)
        return Path(match[1]) if match else None

    @property
    def is_local(self) -> bool:
        """Return whether it is a folder."""
        return self.folder is not None

    def ensure(self) -> None:
        """Create it where it does not exist yet; a wrong password raises BackupError."""
        if not self.exists():
            self._run("init")

    def exists(self) -> bool:
        """Return whether there is a repository.

        Raise BackupError for a wrong password, or when the place does not answer within a minute.
        """
        try:
            status, _, errors = self._call("cat", "config", seconds=ANSWER_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise BackupError(
                f"{self.place} did not answer within {ANSWER_SECONDS:.0f} s:"
                f" {last_reason((error.stderr or b'').decode(errors='replace'))}"
            ) from error
        if status not in (DONE, MISSING):
            raise self._error(status, errors)
        return status == DONE

    def backup(
        self, folder: Path, others: Sequence[Path], tags: Sequence[str], progress: Progress
    ) -> Saved:
        """Save the content of *folder* at the root of a snapshot, and *others* by their paths.

        Files whose size and modification time are those of the last snapshot are not read again;
        the change time is ignored, because a hard link changes it.
        """
        words = ["backup", ".", *map(str, others), "--host", HOST, "--ignore-ctime"]
        for tag in tags:
            words += ["--tag", tag]
        summary: Mapping[str, Any] = {}
        for message in self._stream(words, folder):
            if message.get("message_type") == "status":
                progress(float(message.get("percent_done", 0.0)))
            elif message.get("message_type") == "summary":
                summary = message
        if not summary:
            raise BackupError("restic wrote no summary of the snapshot: see the log above")
        return Saved(
            str(summary["snapshot_id"])[:8],
            int(summary["total_bytes_processed"]),
            int(summary.get("data_added_packed", summary["data_added"])),
        )

    def snapshots(self, tag: str) -> list[Snapshot]:
        """Return the snapshots with this tag, the oldest first."""
        found = json.loads(self._run("snapshots", "--tag", tag))
        listed = [
            Snapshot(
                item["id"][:8],
                _seconds(item["time"]),
                tuple(item.get("tags") or ()),
                int(item.get("summary", {}).get("data_added_packed", 0)),
            )
            for item in found or []
        ]
        return sorted(listed, key=lambda snapshot: snapshot.at)

    def read(self, snapshot: str, path: str) -> bytes:
        """Return the content of one file of a snapshot."""
        return self._run("dump", snapshot, path, with_json=False)

    def restore(self, snapshot: str, path: str, target: Path, progress: Progress) -> None:
        """Write what is below *path* of a snapshot below *target*."""
        target.mkdir(parents=True, exist_ok=True)
        for message in self._stream(
            ["restore", f"{snapshot}:{path}", "--target", str(target)], target
        ):
            if message.get("message_type") == "status":
                progress(float(message.get("percent_done", 0.0)))

    def check(self, *, reads_data: bool) -> None:
        """Check the structure, and with *reads_data* every byte; raise BackupError for a fault."""
        self._run("check", *(["--read-data"] if reads_data else []), with_json=False)

    def forget(self, ids: Sequence[str]) -> None:
        """Delete snapshots; prune() frees their space."""
        if ids:
            self._run("forget", *ids)

    def forget_by_age(self, tag: str, daily: int, weekly: int, monthly: int) -> list[str]:
        """Delete the snapshots with *tag* that the policy does not keep; return their ids."""
        policy = {"--keep-daily": daily, "--keep-weekly": weekly, "--keep-monthly": monthly}
        words = [word for name, count in policy.items() if count for word in (name, str(count))]
        answer = json.loads(self._run("forget", "--tag", tag, "--group-by", "", *words))
        return [item["id"][:8] for group in answer for item in group.get("remove") or []]

    def prune(self) -> None:
        """Free the space of deleted snapshots."""
        self._run("prune", with_json=False)

    def copy_from(self, other: "Repository", ids: Sequence[str]) -> None:
        """Copy those of the snapshots *ids* of *other* that are not here yet.

        A missing repository is created with the same chunks. Locks of killed runs are removed
        first: one that a prune has left would refuse every copy.
        """
        if not ids:
            return  # restic would copy everything
        source = {"RESTIC_FROM_REPOSITORY": other.address, "RESTIC_FROM_PASSWORD": other._password}
        if self.exists():
            self.unlock()
        else:
            self._run("init", "--copy-chunker-params", environment=source)
        self._run("copy", *ids, with_json=False, environment=source)

    def unlock(self) -> None:
        """Remove the locks that killed runs have left.

        In a folder of this volume all of them: our own lock lets one run at a time in, and restic
        recognises the dead ones only on the same host name.
        """
        everything = (
            ["--remove-all"] if Path(self.address).is_relative_to(self._places.root) else []
        )
        self._run("unlock", *everything, with_json=False)

    def _run(
        self,
        *words: str,
        with_json: bool = True,
        environment: Mapping[str, str] | None = None,
    ) -> bytes:
        status, output, errors = self._call(*words, with_json=with_json, environment=environment)
        if status:
            raise self._error(status, errors or output.decode(errors="replace"))
        return output

    def _call(
        self,
        *words: str,
        with_json: bool = True,
        environment: Mapping[str, str] | None = None,
        seconds: float | None = None,
    ) -> tuple[int, bytes, str]:
        result = subprocess.run(  # noqa: S603 - restic with our own words
            self._command(*words, with_json=with_json),
            env={**self._environment(), **(environment or {})},
            capture_output=True,
            check=False,
            timeout=seconds,
        )
        return result.returncode, result.stdout, result.stderr.decode(errors="replace")

    def _stream(self, words: Sequence[str], folder: Path) -> Iterator[Mapping[str, Any]]:
        """Yield the JSON messages of a long command as they come; raise BackupError at its end."""
        with subprocess.Popen(  # noqa: S603 - restic with our own words
            self._command(*words),
            env=self._environment(),
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process:
            errors = []
            try:
                for line in process.stdout or ():
                    message = _message(line)
                    if message is None or message.get("message_type") in ("error", "exit_error"):
                        errors.append(line.strip())
                    else:
                        yield message
            except BaseException:
                process.kill()
                raise
        if process.returncode:
            raise self._error(process.returncode, "\n".join(errors))

    def _command(self, *words: str, with_json: bool = True) -> list[str]:
        options = ["--json"] if with_json else []
        if self.is_local:
            options.append("--no-cache")
        else:
            options += ["--option", f"sftp.args={SSH_OPTIONS}"]
        if self._is_read_only:
            options.append("--no-lock")
        return [*ENDS_WITH_US, PROGRAM, *words, *options]

    def _environment(self) -> dict[str, str]:
        for folder in (self._places.tmp, self._places.cache):
            folder.mkdir(parents=True, exist_ok=True)
        return {
            **os.environ,
            "RESTIC_REPOSITORY": self.address,
            "RESTIC_PASSWORD": self._password,
            "RESTIC_CACHE_DIR": str(self._places.cache),
            PROGRESS: "2",
            "TMPDIR": str(self._places.tmp),
            # Half the memory for a tenth more time, measured; one core is the pipeline's.
            "GOGC": "25",
            "GOMAXPROCS": "1",
        }

    def _error(self, status: int, errors: str) -> BackupError:
        if status == WRONG_PASSWORD:
            return BackupError(
                f"the password does not open the repository {self.place}: set"
                " QLINES_BACKUP_PASSWORD to the one that the first boot printed"
            )
        if status == MISSING:
            return BackupError(f"there is no repository at {self.place}")
        if status == LOCKED:
            return BackupError(
                f"the repository {self.place} is locked by another program: wait, or remove a"
                " stale lock by `restic unlock`"
            )
        return BackupError(f"restic failed with status {status}: {last_reason(errors)}")


def last_reason(text: str) -> str:
    """Return what restic's output says last, without JSON around it, and what ssh said before."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if not lines:
        return "it printed no reason"
    ssh = [line.removeprefix(SSH_SAID) for line in lines[:-1] if line.startswith(SSH_SAID)]
    return ": ".join([*ssh[-1:], _without_json(lines[-1])])


def _without_json(line: str) -> str:
    message = _message(line)
    if message is None:
        return line
    error = message.get("error")
    return str(message.get("message") or (error or {}).get("message") or line)


def remove_tmp(places: Places) -> None:
    """Delete the temporary files that a killed restic left."""
    shutil.rmtree(places.tmp, ignore_errors=True)


def _message(line: str) -> Mapping[str, Any] | None:
    try:
        message = json.loads(line)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None


def _seconds(time: str) -> float:
    """Return epoch seconds for RFC 3339 with nanoseconds, which Python reads to microseconds."""
    return datetime.fromisoformat(re.sub(r"(\.\d{6})\d+", r"\1", time)).timestamp()
