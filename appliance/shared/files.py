"""Replace small files atomically."""

import os
from pathlib import Path


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
