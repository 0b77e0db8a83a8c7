"""Wait until the registry file has the devices of the MongoDB that was restored.

Ingest drops what devices sent that the file does not have, as of devices that were removed. Until
the registry has read the restored MongoDB the file has those of the former one: what waited in the
spool of the backup would be lost.
"""

from pathlib import Path

from backup.errors import BackupError
from qlines.clock import Clock
from qlines.errors import StoreUnavailableError
from qlines.store.registry_file import RegistryFile

SECONDS = 120.0


def wait_until_built(folder: Path, since_us: int, clock: Clock) -> None:
    """Return once the file in *folder* was built at *since_us* or later; raise BackupError."""
    give_up_at = clock.monotonic() + SECONDS
    while _built_at_us(folder) < since_us:
        if clock.monotonic() > give_up_at:
            raise BackupError(
                f"the registry has not read the restored devices within {SECONDS:.0f} s: see its"
                " log"
            )
        clock.sleep(0.1)


def _built_at_us(folder: Path) -> int:
    try:
        file = RegistryFile(folder)
    except StoreUnavailableError:
        return 0
    try:
        return file.built_at_us()
    finally:
        file.close()
