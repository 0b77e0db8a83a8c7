"""Replace small files atomically, and set corrupt ones aside."""

import os
import shutil
import time
from pathlib import Path

BLANK_BYTES = 4096  # a page


def write_atomically(
    path: Path, content: str | bytes, *, mode: int = 0o666, is_synced: bool = False
) -> None:
    """Replace *path* so that a reader sees the old content or the new one, never a part of it.

    The content is written beside it and renamed, so both must be on one file system. *mode* is
    narrowed by the umask. With *is_synced* the content survives a power cut once this returns; a
    process that dies never leaves half a file either way. Raise OSError when it cannot be written.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(unfinished, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, mode)
    with os.fdopen(handle, "wb") as file:
        file.write(content.encode() if isinstance(content, str) else content)
        if is_synced:
            file.flush()
            os.fsync(file.fileno())
    unfinished.replace(path)
    if is_synced:
        sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Return when the names in *folder* survive a power cut, as after a rename."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def is_blank(path: Path) -> bool:
    """Return whether a file is empty or begins with zeros only, as a power cut leaves files.

    A file system may have a file's new length on the disk before its content.
    """
    with path.open("rb") as file:
        return not file.read(BLANK_BYTES).strip(b"\0")


def set_aside(path: Path) -> Path:
    """Rename a corrupt file or folder to ``<name>.corrupt-<time>`` and return the new path.

    Only the newest one is kept, so that repeated repairs cannot fill the disk.
    """
    for older in path.parent.glob(f"{path.name}.corrupt-*"):
        shutil.rmtree(older) if older.is_dir() else older.unlink()
    aside = path.with_name(f"{path.name}.corrupt-{time.strftime('%Y%m%dT%H%M%SZ', time.gmtime())}")
    path.replace(aside)
    return aside
