"""ClickHouse: restore corrupt definitions of tables, and list the parts before it loads them.

Without the definition of a table it starts without the table; without the version of a table's
format it does not start. It drops a broken part with a line in its log, and starts: the writer
compares the list with what was loaded (writer/recovery.py).
"""

from collections.abc import Callable
from pathlib import Path

from qlines.repair.copies import restore_missing, restore_or_copy
from qlines.store.part_list import PART_NAME, Part, StartState, write_start_state

RUN = Path("/run/qlines")


def repair(data_dir: Path, note: Callable[[str], None], run_dir: Path = RUN) -> None:
    """Restore what is corrupt, then write the list of parts for the writer."""
    folder = data_dir / "clickhouse"
    patterns = ("metadata/*/*.sql", "data/*/*/format_version.txt")
    names = [str(file.relative_to(folder)) for glob in patterns for file in folder.glob(glob)]
    restore_missing(folder, folder / "copies", note)
    restore_or_copy(folder, folder / "copies", names, note)
    write_start_state(run_dir, start_state(folder))


def start_state(folder: Path) -> StartState:
    """Return how ClickHouse ended, and its parts: it removes the file `status` at a clean stop."""
    parts = [
        Part(path.parent.name, path.name, path.stat().st_mtime)
        for path in folder.glob("data/default/*/*")
        if PART_NAME.fullmatch(path.name)
    ]
    return StartState((folder / "status").exists(), sorted(parts))
