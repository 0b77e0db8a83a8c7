"""Secrets and certificates: the app's files, and those of the proxy and the blog where mounted.

Without ``backup_password`` and ``backup_secrets_password``: they open the backups, so the operator
keeps them elsewhere.
"""

import logging
import os
import stat
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from appliance.shared.files import write_atomically
from backup.counts import Counts
from backup.errors import BackupError
from backup.places import SOURCES
from qlines.settings import Settings

log = logging.getLogger(__name__)

SECRETS, CERTIFICATES = "secrets", "certificates"
PASSWORDS = frozenset({"backup_password", "backup_secrets_password"})
# What `make up` was given. It writes these files itself at each start, so they are not restored.
PASSED = "passed"


class Part(NamedTuple):
    """A folder of secrets, its place in a dump, and what its files count as."""

    place: str
    folder: Path
    kind: str


def parts(settings: Settings, sources: Path) -> tuple[Part, ...]:
    """Return every part; those of the proxy and the blog need not be there."""
    proxy, blog = sources / "proxy", sources / "blog"
    return (
        Part("app", settings.data_dir / "secrets", SECRETS),
        Part("proxy/certificates", proxy / "certificates", CERTIFICATES),
        Part("proxy/letsencrypt", proxy / "letsencrypt", SECRETS),
        Part("blog", blog / "secrets", SECRETS),
    )


def dump(settings: Settings, folder: Path, sources: Path = SOURCES) -> Counts:
    """Copy every part that exists, with modes and links; return the number of files by kind.

    Raise BackupError when the app has no secrets, which it always has, or a file is unreadable.
    """
    app, *others = parts(settings, sources)
    counts = Counter({SECRETS: 0, CERTIFICATES: 0})
    counts[app.kind] += _copied(app.folder, folder / app.place, PASSWORDS)
    if not counts[SECRETS]:
        raise BackupError(
            f"the app always has secrets, and {app.folder} has none: see whether QLINES_DATA_DIR"
            " names the right folder"
        )
    for part in others:
        counts[part.kind] += _copied(part.folder, folder / part.place, PASSWORDS)
    return dict(counts)


def restore(settings: Settings, folder: Path, sources: Path = SOURCES) -> Counts:
    """Write the files back where their part's volume is writable; return their number by kind.

    The passwords of backups and what `make up` was given stay as they are, and so does a part that
    is not mounted or read-only. A drill must give *sources* of its own: these are the live ones.
    """
    counts = Counter({SECRETS: 0, CERTIFICATES: 0})
    for part in parts(settings, sources):
        if os.access(part.folder.parent, os.W_OK):
            kept = PASSWORDS | {PASSED}
            counts[part.kind] += _copied(folder / part.place, part.folder, kept)
        elif (folder / part.place).is_dir():
            log.warning("not restored: %s, which is not mounted or is read-only", part.folder)
    return dict(counts)


def is_left_out(name: str, left_out: frozenset[str]) -> bool:
    """Return whether a file of this name is, or is being written as, one of *left_out*."""
    return name in left_out or name.removeprefix(".").rpartition(".")[0] in left_out


def _copied(source: Path, target: Path, left_out: frozenset[str]) -> int:
    """Copy a folder if it exists; return the number of files."""
    if not source.is_dir():
        return 0
    with _plain_errors(source):
        return _copy_folder(source, target, source, left_out)


def _copy_folder(source: Path, target: Path, root: Path, left_out: frozenset[str]) -> int:
    """Copy what a folder holds into another, each file atomically; return the number of files."""
    if not target.is_dir():
        target.mkdir(parents=True)
        target.chmod(stat.S_IMODE(source.stat().st_mode))
    count = 0
    for entry in sorted(source.iterdir()):
        place = target / entry.name
        if is_left_out(entry.name, left_out):
            continue
        if entry.is_symlink() and _stays_in(entry, root):
            _link(entry.readlink(), place)
        elif entry.is_dir():
            count += _copy_folder(entry, place, root, left_out)
        else:
            count += _copy_file(entry, place)
    return count


def _copy_file(source: Path, target: Path) -> int:
    """Copy a file; return 0 for a socket and the like, which hold nothing."""
    mode = source.stat().st_mode
    if not stat.S_ISREG(mode):
        log.warning("skipped %s, which is not a file", source)
        return 0
    # Readable by the owner only until it has its own mode, which the umask must not narrow.
    write_atomically(target, source.read_bytes(), mode=0o600, is_synced=True)
    target.chmod(stat.S_IMODE(mode))
    return 1


def _stays_in(link: Path, root: Path) -> bool:
    """Return whether a link leads into *root* wherever that is; others are copied as files."""
    target = link.readlink()
    return not target.is_absolute() and Path(os.path.normpath(link.parent / target)).is_relative_to(
        root
    )


def _link(target: Path, place: Path) -> None:
    unfinished = place.with_name(f".{place.name}.{os.getpid()}")
    unfinished.unlink(missing_ok=True)
    unfinished.symlink_to(target)
    unfinished.replace(place)


@contextmanager
def _plain_errors(folder: Path) -> Iterator[None]:
    """Raise BackupError for a file that is unreadable, or vanished while its folder was copied."""
    try:
        yield
    except FileNotFoundError as error:
        raise BackupError(
            f"files must stay while they are copied, and {error.filename} vanished: run it again"
        ) from error
    except PermissionError as error:
        raise BackupError(
            f"user {os.getuid()} must be able to read and write all of {folder}, and"
            f" {error.filename} refuses it: give that file to the user (chown)"
        ) from error
    except OSError as error:
        raise BackupError(f"could not copy {folder}: {error}; run it again after that") from error
