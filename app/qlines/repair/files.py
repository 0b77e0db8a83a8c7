"""The small files of the volume: the version, the secrets, and the registry file.

The spool's cursors and the file of pending writes are judged by ingest, which reads them.
"""

import os
from collections.abc import Callable
from pathlib import Path

from appliance.shared.files import is_blank, set_aside
from qlines.store.registry_file import check

# What a person has to know about a new secret; of others nothing.
CONSEQUENCES = {
    "admin_password": "no user has the new one in it: qlines user reset-password EMAIL",
    "secret_key": "everybody has to sign in again, and to allow messages in browsers again",
    "health_token": "give monitors the new one",
    "backup_password": "put the old one back, which you keep elsewhere: older backups need it",
}

Note = Callable[[str], None]


def repair(data_dir: Path, note: Note) -> None:
    """Set aside each corrupt file; the entrypoint and the programs then make new ones."""
    repair_version(data_dir, note)
    repair_secrets(data_dir, note)
    repair_registry(data_dir, note)


def repair_version(data_dir: Path, note: Note) -> None:
    """Set the version aside when it is not a number; init records this program's.

    Data of a newer program are still refused: ClickHouse's tables have a version of their own.
    """
    file = data_dir / "version"
    if file.exists() and not file.read_bytes().strip().isdigit():
        note(f"set aside {set_aside(file)}, which was corrupt; the version is recorded again")


def repair_secrets(data_dir: Path, note: Note) -> None:
    """Set aside each secret that is blank: zeros would be a secret that everybody knows."""
    for file in sorted((data_dir / "secrets").glob("*")):
        if ".corrupt-" not in file.name and is_blank(file):
            set_aside(file)
            consequence = CONSEQUENCES.get(file.name, "no person uses it")
            note(f"generated {file} again, which was corrupt; {consequence}")


def repair_registry(data_dir: Path, note: Note) -> None:
    """Set the registry file aside when it cannot be read; the registry program builds a new one.

    Its lock file is of no use to anybody now, and may hold the slots of readers that were killed.
    """
    folder = data_dir / "registry"
    file = folder / "data.mdb"
    (folder / "lock.mdb").unlink(missing_ok=True)
    if file.exists() and (is_blank(file) or not _is_readable(folder)):
        aside = set_aside(file)
        note(f"set aside {aside}, which was corrupt; the registry file is built from MongoDB")
    (folder / "lock.mdb").unlink(missing_ok=True)


def _is_readable(folder: Path) -> bool:
    """Read all of the file in a child process: a corrupt one can end its reader by a signal."""
    child = os.fork()
    if not child:
        try:
            check(folder)
        except BaseException:  # noqa: BLE001 - every reason counts alike, and the child must end
            os._exit(1)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return status == 0
