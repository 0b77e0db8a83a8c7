"""Keep copies of small files that rarely change, and restore one that is corrupt.

Kafka and ClickHouse write them once and cannot start, or start without the data, when one is gone.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from appliance.shared.files import write_atomically


def is_corrupt(content: bytes, copy: bytes) -> bool:
    """Return whether *content* is blank, or *copy* cut short; pure.

    Anything else is a change that the owner made.
    """
    if not content.strip(b"\0"):
        return True
    return len(content) < len(copy) and copy.startswith(content.rstrip(b"\0"))


def is_corrupt_log(content: bytes, copy: bytes) -> bool:
    """Return whether something is missing from a log that only grows; pure."""
    return not content.startswith(copy)


def restore_or_copy(
    folder: Path,
    copies: Path,
    names: Iterable[str],
    note: Callable[[str], None],
    judge: Callable[[bytes, bytes], bool] = is_corrupt,
) -> None:
    """Restore each file in *names*, relative to *folder*, that is corrupt; copy the others."""
    for name in names:
        file, copy = folder / name, copies / name
        content, kept = file.read_bytes(), copy.read_bytes() if copy.exists() else None
        if kept is not None and judge(content, kept):
            restore(file, copy, note)
        elif content != kept and content.strip(b"\0"):
            write_atomically(copy, content, is_synced=True)


def restore_missing(folder: Path, copies: Path, note: Callable[[str], None]) -> None:
    """Restore each file that has a copy and is missing, if its own folder exists."""
    for copy in sorted(path for path in copies.rglob("*") if path.is_file()):
        file = folder / copy.relative_to(copies)
        if file.parent.exists() and not file.exists():
            restore(file, copy, note)


def forget_missing(folder: Path, copies: Path) -> None:
    """Delete the copy of each file that is missing, because its owner deletes such files."""
    for copy in sorted(path for path in copies.rglob("*") if path.is_file()):
        if not (folder / copy.relative_to(copies)).exists():
            copy.unlink()


def restore(file: Path, copy: Path, note: Callable[[str], None]) -> None:
    """Restore *file* from *copy*."""
    write_atomically(file, copy.read_bytes(), is_synced=True)
    note(f"restored {file}, which was corrupt, from its copy")
