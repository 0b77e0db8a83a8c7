"""The version of everything in /data: a program refuses data that a newer program wrote."""

from pathlib import Path

from appliance.shared.files import write_atomically
from qlines.errors import DataVersionError

# Increment it with every change that an older program could not read. The entrypoint greps this
# line.
DATA_VERSION = 2


def check_and_record(data_dir: Path) -> None:
    """Record the version after an upgrade; raise DataVersionError for newer data."""
    file = data_dir / "version"
    recorded = int(file.read_text()) if file.exists() else 0
    if recorded > DATA_VERSION:
        raise DataVersionError(
            f"the data in {data_dir} has version {recorded}, this program reads up to "
            f"{DATA_VERSION}: run the newer image, or restore a backup made by this one"
        )
    if recorded < DATA_VERSION:
        write_atomically(file, f"{DATA_VERSION}\n", is_synced=True)
