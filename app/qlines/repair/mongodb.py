"""MongoDB: set aside the small files without which it starts and whose blank remains it refuses.

It replays its journal itself, and takes a stale mongod.lock for an unclean shutdown. A corrupt
collection or catalog is not repaired: MongoDB then says so, and a backup is the remedy.
"""

import subprocess
from collections.abc import Callable
from pathlib import Path

from appliance.shared.files import is_blank, set_aside

# WiredTiger.turtle is rebuilt from WiredTiger.wt; storage.bson names the storage engine; a blank
# log file holds no write (tried one by one).
REBUILT = ("WiredTiger.turtle", "storage.bson", "journal/WiredTigerLog.*")
# Estimates of sizes, which nobody reads, but without the file MongoDB does not start.
SIZES = "sizeStorer.wt"
# It keeps the replica set as it is, as long as the catalog can be read.
REBUILD = ("/opt/mongodb/mongod", "--repair", "--quiet", "--wiredTigerCacheSizeGB", "0.25")

Note = Callable[[str], None]
Run = Callable[[tuple[str, ...]], bool]


def succeeds(command: tuple[str, ...]) -> bool:
    """Run a command and return whether its status is 0."""
    result = subprocess.run(command, capture_output=True, check=False)  # noqa: S603 - our own arguments, no shell
    return result.returncode == 0


def repair(data_dir: Path, note: Note, run: Run = succeeds) -> None:
    """Set aside each of these files that is blank; let MongoDB rebuild its estimates of sizes."""
    folder = data_dir / "mongodb"
    for pattern in REBUILT:
        for file in folder.glob(pattern):
            if ".corrupt-" not in file.name and is_blank(file):
                note(f"set aside {set_aside(file)}, which was blank; MongoDB rebuilds it")
    sizes = folder / SIZES
    is_new = not (folder / "WiredTiger.wt").exists()
    if is_new or (sizes.exists() and not is_blank(sizes)):
        return
    if run((*REBUILD, "--dbpath", str(folder))):
        note(f"rebuilt {sizes}, which was corrupt, by mongod --repair")
    else:
        note(f"could not rebuild {sizes}, which is corrupt; if MongoDB fails, restore a backup")
