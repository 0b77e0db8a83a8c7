"""Where backups and their scratch files are, below the data folder."""

from pathlib import Path

from qlines.backup_record import FOLDER

# Where the volumes of proxy and blog are mounted, if they are.
SOURCES = Path("/sources")


class Places:
    """The folders below ``/data/backup``, all in one file system with the stores' data."""

    def __init__(self, data_dir: Path) -> None:
        root = data_dir / FOLDER
        self.root = root
        self.lock = root / "lock"
        self.repository = root / "repository"
        self.staging = root / "staging"  # the dump in the making
        self.scratch = root / "scratch"  # a drill's or a restore's second set of stores
        self.replaced = root / "replaced"  # what a restore has replaced, until it is complete
        self.cache = root / "cache"  # restic's, of what a remote repository holds
        self.tmp = root / "tmp"  # restic's packs; /tmp is memory
