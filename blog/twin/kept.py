"""Folders that keep what only this side has, before what the other side has takes its place.

``/data/diverged/<UTC time>/`` holds ``<database>.sql.gz``, or in ``files/`` what was below
/data/sites. An operator looks at it, and deletes it.
"""

import os
import re
import shutil
import time
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from appliance.shared.files import sync_folder

FOLDER = "diverged"
FILES = "files"
MAX_KEPT = 5
# Not before, however many there are: somebody has to notice first.
MIN_AGE = timedelta(days=30)
TIME_FORMAT = "%Y%m%dT%H%M%SZ"
_NAME = re.compile(r"\d{8}T\d{6}Z")
_UNFINISHED = ".unfinished"


class KeptError(Exception):
    """What is here could not be kept, so it must not be deleted; the text says why."""


class Kept:
    """The kept folders below *folder*."""

    def __init__(self, folder: Path, now: Callable[[], float] = time.time) -> None:
        self.folder = folder
        self._now = now

    def keep(self, fill: Callable[[Path], None]) -> Path:
        """Let *fill* write into a new folder, which appears once everything is on the disk."""
        unfinished = self.folder / _UNFINISHED
        shutil.rmtree(unfinished, ignore_errors=True)
        self.folder.mkdir(mode=0o700, exist_ok=True)
        unfinished.mkdir()
        try:
            fill(unfinished)
            sync_folder(unfinished)
            place = self._next()
            unfinished.replace(place)
            sync_folder(self.folder)
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
        return place

    def place_for_files(self) -> Path:
        """Return the path of a new folder for files that are moved one by one; rsync makes it."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        return self._next() / FILES

    def paths(self) -> list[Path]:
        """Return the folders that hold a file, the oldest first."""
        return [path for path in self._all() if _holds_a_file(path)]

    def refuse_without_room(self, size: int) -> None:
        """Raise KeptError where a dump of so many bytes of rows might not fit."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        if reason := lack_of_room(size, shutil.disk_usage(self.folder).free):
            raise KeptError(f"{reason} on the volume of {self.folder}")

    def _next(self) -> Path:
        """Return a new folder's path, and delete those that are outdated."""
        now = datetime.fromtimestamp(self._now(), UTC)
        for name in outdated((path.name for path in self._all()), now):
            shutil.rmtree(self.folder / name, ignore_errors=True)
        return self.folder / now.strftime(TIME_FORMAT)

    def _all(self) -> list[Path]:
        # Others are an operator's.
        return sorted(path for path in self.folder.glob("*") if _NAME.fullmatch(path.name))


def outdated(names: Iterable[str], now: datetime) -> list[str]:
    """Return which folders may be deleted: old ones, and never the newest few."""
    oldest = (now - MIN_AGE).strftime(TIME_FORMAT)
    return [name for name in sorted(names, reverse=True)[MAX_KEPT:] if name < oldest]


def lack_of_room(size: int, free: int) -> str:
    """Return what to do before a dump can be made, "" where there is room for it.

    Compressed, it is smaller than the rows: they are an estimate on the safe side.
    """
    if free >= size:
        return ""
    return f"a dump takes up to {size / 1e6:.0f} MB, {free / 1e6:.0f} MB are free: make room"


def _holds_a_file(folder: Path) -> bool:
    # Links lead to the themes and plugins of an image, and are made again at each start.
    files = (Path(parent, name) for parent, _, names in os.walk(folder) for name in names)
    return any(not file.is_symlink() for file in files)
