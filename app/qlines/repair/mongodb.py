"""MongoDB: set aside the small files without which it starts and whose blank remains it refuses.

It replays its journal itself, and takes a stale mongod.lock for an unclean shutdown. A corrupt
collection is not repaired: MongoDB then says so, and a backup is the remedy.
"""

from collections.abc import Callable
from pathlib import Path

from appliance.shared.files import is_blank, set_aside

# WiredTiger.turtle is rebuilt from WiredTiger.wt; sizeStorer.wt holds estimates of sizes;
# storage.bson names the storage engine; a blank log file holds no write (tried one by one).
REBUILT = ("WiredTiger.turtle", "sizeStorer.wt", "storage.bson", "journal/WiredTigerLog.*")


def repair(data_dir: Path, note: Callable[[str], None]) -> None:
    """Set aside each of these files that is blank."""
    for pattern in REBUILT:
        for file in (data_dir / "mongodb").glob(pattern):
            if ".corrupt-" not in file.name and is_blank(file):
                note(f"set aside {set_aside(file)}, which was blank; MongoDB rebuilds it")
