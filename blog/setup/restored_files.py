"""Put the files that a restore has brought in the place of a site's own, before anything runs."""

import shutil
from pathlib import Path

FOLDER = "restore"


def put_in_place(data: Path) -> list[str]:
    """Exchange ``restore/sites/NAME`` for ``sites/NAME``; return the names, sorted.

    It may be killed anywhere and called again: what was there before is deleted last.
    """
    restored = data / FOLDER / "sites"
    found = restored.iterdir() if _is_folder(restored) else ()
    names = sorted(item.name for item in found if _is_folder(item))
    for name in names:
        place = data / "sites" / name
        if place.exists():
            place.rename(data / FOLDER / f"{name}.replaced")
        place.parent.mkdir(exist_ok=True)
        (restored / name).rename(place)
    for replaced in (data / FOLDER).glob("*.replaced"):
        shutil.rmtree(replaced)
    return names


def is_awaited(data: Path, name: str) -> bool:
    """Return whether the site's tables still have to be loaded, by programs/restore_databases."""
    return (data / FOLDER / f"{name}.sql.gz").is_file()


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()
