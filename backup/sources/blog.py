"""The blog: its dumps and its sites' files, from its volume and back into it.

The blog is the part that is most likely to be compromised, and never talks to the app: it dumps its
databases itself (blog/programs/dump_databases), and only files are read here, none through a link.
Uploads may be gigabytes: restic reads them in place (`paths`), and a restore moves them.

A restore hands the files in at ``restore/`` of the volume, complete or not at all. The blog's next
start puts them in place (blog/setup/restored_files.py, blog/programs/restore_databases).
"""

import os
import re
import shutil
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from backup import places
from backup.counts import Counts
from backup.errors import BackupError
from backup.sources.blog_dump import Description, describe, read_pair
from qlines.settings import Settings

DUMPS, FILES, UPLOADS = "dumps", "files", "uploads"
UPLOADS_FOLDER = Path("wp-content", "uploads")
# blog/setup/settings.py has the rule.
NAME = re.compile(r"[a-z][a-z0-9_]{0,31}")
MAX_AGE_SECONDS = 86_400.0
BY_HAND = "docker exec qlines-blog dump_databases"


def absence(_settings: Settings) -> str | None:
    """Return why the blog is not in a backup, as a sentence; None when it is."""
    if _volume().joinpath("sites").is_dir():
        return None
    return "the blog is not in this backup: it is not mounted"


def paths(_settings: Settings) -> list[Path]:
    """Return the folders that restic reads in place, by the paths they have in the snapshot."""
    return [_volume() / "sites"]


def dump(_settings: Settings, folder: Path, now: Callable[[], float] = time.time) -> Counts:
    """Copy the newest dump of each installed site, and note which uploads there are.

    Raise BackupError when a site's dump is missing, invalid, or a day old.
    """
    sites = _volume() / "sites"
    if sites.is_symlink():
        raise BackupError(f"{sites} must be a folder and is a link: see who changed it")
    (folder / DUMPS).mkdir()
    found = [_copy_dump(name, folder / DUMPS, now()) for name in _installed()]
    uploads = sorted(_uploads(sites))
    (folder / UPLOADS).write_bytes(b"\0".join(map(os.fsencode, uploads)))
    return _counts(found, len(uploads))


def check(folder: Path) -> Counts:
    """Prove that what a snapshot holds can be loaded; return what it holds.

    Every dump must be complete, and every upload that was there must have come back, if the files
    were restored at all. Raise BackupError otherwise.
    """
    found = []
    for file in sorted((folder / DUMPS).glob("*.json")):
        description = describe(file.stem, file.read_bytes())
        description.require_dump(file.with_name(f"{file.stem}.sql.gz"))
        found.append(description)
    noted = (folder / UPLOADS).read_bytes()
    uploads = noted.split(b"\0") if noted else []
    if (folder / FILES).is_dir():
        root = folder / FILES / "sites"
        lost = [os.fsdecode(item) for item in uploads if not (root / os.fsdecode(item)).is_file()]
        if lost:
            raise BackupError(f"{len(lost)} uploads of the blog are missing, such as {lost[0]}")
    return _counts(found, len(uploads))


def refusal(_settings: Settings) -> str | None:
    """Return why the blog cannot be restored from here, as a sentence; None when it can."""
    if os.path.ismount(_volume()) and os.access(_volume(), os.W_OK):
        return None
    return (
        "the blog was not restored: its volume is not mounted here, or read-only; `make restore`"
        " on the host restores it (backup/README.md)"
    )


def restore(settings: Settings, folder: Path) -> Counts:
    """Hand the dumps and the files in for the blog's next start; *folder* loses its files.

    Raise BackupError, with what was there untouched, when something is missing or the blog's
    volume is not writable here.
    """
    reason = refusal(settings)
    if reason:
        raise BackupError(reason)
    counts = check(folder)
    try:
        _hand_in(folder)
    except OSError as error:
        raise BackupError(f"the blog was not restored: {error}") from error
    return counts


def _volume() -> Path:
    return places.SOURCES / "blog"


def _installed() -> list[str]:
    """Return the sites that have tables, which need not be in the blog's settings any more.

    MariaDB keeps the definition of each table in a file of its database's folder.
    """
    return [
        site.name
        for site in sorted((_volume() / "sites").iterdir())
        if NAME.fullmatch(site.name) and any((_volume() / "mariadb" / site.name).glob("*.frm"))
    ]


def _copy_dump(name: str, target: Path, now: float) -> Description:
    description, content = read_pair(_volume() / DUMPS, name)
    with content:
        age = now - description.dumped_at
        if age > MAX_AGE_SECONDS:
            raise BackupError(
                f"the newest dump of the site {name} is {age / 3600:.0f} hours old: start the blog,"
                f" or see why `{BY_HAND}` fails"
            )
        with (target / f"{name}.sql.gz").open("wb") as copy:
            shutil.copyfileobj(content, copy)
    description.require_dump(target / f"{name}.sql.gz")
    (target / f"{name}.json").write_bytes(description.as_json())
    return description


def _uploads(sites: Path) -> Iterator[str]:
    """Yield the path of every uploaded file, relative to *sites*."""
    for site in sites.iterdir():
        folder = site / UPLOADS_FOLDER
        if folder.resolve() != sites.resolve() / site.name / UPLOADS_FOLDER:
            continue  # a link, which restic does not follow either
        for parent, _, files in os.walk(folder):
            for name in files:
                file = Path(parent, name)
                if file.is_file() and not file.is_symlink():
                    yield str(file.relative_to(sites))


def _counts(found: Iterable[Description], uploads: int) -> Counts:
    sites = list(found)
    return {"posts": sum(site.posts for site in sites), "sites": len(sites), UPLOADS: uploads}


def _hand_in(folder: Path) -> None:
    unfinished, complete = _volume() / "restore.new", _volume() / "restore"
    _remove(unfinished)
    unfinished.mkdir(mode=0o700)
    for file in sorted((folder / DUMPS).glob("*.sql.gz")):
        shutil.copyfile(file, unfinished / file.name)
    if (folder / FILES / "sites").is_dir():
        _move(folder / FILES / "sites", unfinished / "sites")
    # A power cut must not leave the name without the files.
    os.sync()
    _remove(complete)
    unfinished.rename(complete)


def _move(source: Path, target: Path) -> None:
    """Move a folder to another volume file by file, so that the disk never holds it twice.

    Links are created as they are; what is neither a file nor a folder is left out.
    """

    def special(parent: str, names: list[str]) -> set[str]:
        every = (Path(parent, name) for name in names)
        return {
            path.name
            for path in every
            if not (path.is_symlink() or path.is_file() or path.is_dir())
        }

    shutil.copytree(source, target, symlinks=True, copy_function=shutil.move, ignore=special)


def _remove(path: Path) -> None:
    if path.is_symlink() or path.is_file():
        path.unlink()
    else:
        shutil.rmtree(path, ignore_errors=True)
