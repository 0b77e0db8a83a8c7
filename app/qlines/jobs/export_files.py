"""Write the files of exports, and find those that a killed job left unfinished."""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from appliance.shared.files import sync_folder
from qlines.jobs import csv_text

UNFINISHED_SUFFIX = ".unfinished"  # a file with this suffix is never offered for download


def write_file(file: Path, rows: Iterable[tuple[int, str, Any]]) -> int:
    """Write *file* whole or not at all; return the number of rows.

    A row is microseconds since 1970, key and value. The rows are streamed, because an export may
    be larger than the memory: appliance.shared.files.write_atomically takes the whole text.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(UNFINISHED_SUFFIX)
    try:
        with unfinished.open("w", encoding="utf-8", newline="") as text:
            count = csv_text.write(text, rows)
            text.flush()
            # Otherwise a power cut could leave an empty file under the final name, or none.
            os.fsync(text.fileno())
        unfinished.replace(file)
        sync_folder(file.parent)
    finally:
        unfinished.unlink(missing_ok=True)
    return count


def unfinished_files(folder: Path) -> dict[str, Path]:
    """Return the unfinished files in *folder* by the id of their export."""
    return {file.stem: file for file in folder.glob(f"*{UNFINISHED_SUFFIX}")}
