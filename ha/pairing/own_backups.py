"""Keep the backups that a VM has made before it joined: the other VM's password does not open them.

They go to a folder of their own beside the new ones, with what opens them.
"""

from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path

from appliance.shared.files import write_atomically

FOLDER = "before-pairing"
REPOSITORIES = ("repository", "repository-secrets")
RECORD = "record.json"


def put_aside(
    folder: Path, old: Mapping[str, str], new: Mapping[str, str], *, with_repositories: bool
) -> None:
    """Put aside what *new* does not open; *old* and *new* are passwords by their names.

    *folder* is the app's /data/backup. Without *with_repositories*, while the VM runs, only the
    passwords are kept.
    """
    is_opened = all(text == new.get(name) for name, text in old.items() if text)
    if is_opened or not _has_backups(folder):
        return
    aside = next(path for path in _names(folder) if not path.exists())
    aside.mkdir(mode=0o700)
    for name, text in old.items():
        if text:
            write_atomically(aside / name, text, mode=0o600, is_synced=True)
    for name in (*REPOSITORIES, RECORD) if with_repositories else ():
        if (folder / name).exists():
            (folder / name).rename(aside / name)


def _has_backups(folder: Path) -> bool:
    record = folder / RECORD
    # Also those of a repository elsewhere.
    has_good_one = record.is_file() and '"last_good": {' in record.read_text()
    return has_good_one or any((folder / name / "config").exists() for name in REPOSITORIES)


def _names(folder: Path) -> Iterator[Path]:
    yield folder / FOLDER
    for number in count(2):
        yield folder / f"{FOLDER}-{number}"
