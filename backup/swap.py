"""Put restored folders in the place of the stores' own, and put those back if need be.

Every step is a rename within one file system, and can be repeated or undone from what is on the
disk: for each store, what was there is in `replaced` while what was restored is in its place.
"""

import shutil
from collections.abc import Iterable
from pathlib import Path

from appliance.shared.files import sync_folder
from backup.places import Places


class Swap:
    """The exchange of some stores' folders below *data_dir*."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        places = Places(data_dir)
        self._replaced, self._scratch = places.replaced, places.scratch

    def exchange(self, stores: Iterable[str]) -> None:
        """Move each store's folder aside and the restored one into its place."""
        for store in stores:
            self._replaced.mkdir(parents=True, exist_ok=True)
            (self._data_dir / store).rename(self._replaced / store)
            (self._scratch / store).rename(self._data_dir / store)
            self._sync()

    def keep_copy(self, name: str) -> None:
        """Keep a copy of a folder whose files are about to be replaced, for undo()."""
        unfinished = self._scratch / f"{name}.copy"
        shutil.copytree(self._data_dir / name, unfinished)
        self._replaced.mkdir(parents=True, exist_ok=True)
        unfinished.rename(self._replaced / name)  # a copy is there as a whole or not at all
        self._sync()

    def is_begun(self) -> bool:
        """Return whether something was replaced that is neither put back nor deleted."""
        return bool(self._stores())

    def undo(self) -> list[str]:
        """Put back what was replaced; return the names of the folders."""
        stores = self._stores()
        for store in stores:
            current = self._data_dir / store
            if current.exists():
                failed = self._scratch / f"{store}.undone"
                shutil.rmtree(failed, ignore_errors=True)
                failed.parent.mkdir(parents=True, exist_ok=True)
                current.rename(failed)
            (self._replaced / store).rename(current)
            self._sync()
        return stores

    def finish(self) -> None:
        """Delete what was replaced."""
        shutil.rmtree(self._replaced, ignore_errors=True)

    def _stores(self) -> list[str]:
        return sorted(item.name for item in self._replaced.glob("*") if item.is_dir())

    def _sync(self) -> None:
        for folder in (self._replaced, self._scratch, self._data_dir):
            if folder.exists():
                sync_folder(folder)
