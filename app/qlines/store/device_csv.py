"""Write devices as the CSV file that an import reads (`import_plan`); pure."""

import csv
import io
from collections.abc import Iterable

from qlines.store.csv_cell import escape_formula
from qlines.store.device_document import DeviceDocument
from qlines.store.device_rules import TAG_SEPARATORS
from qlines.store.import_plan import COLUMNS


def write(devices: Iterable[DeviceDocument], owner: str, *, has_tokens: bool) -> str:
    """Return the file of an owner's devices; its import adds nothing where they exist."""
    columns = [name for name in COLUMNS if has_tokens or name != "token"]
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(columns)
    for device in devices:
        cell = {
            "name": device["name"],
            "owner": owner,
            "token": device["token"],
            "gateway": "true" if device["gateway"] else "false",
            "tags": TAG_SEPARATORS[0].join(device["tags"]),
        }
        writer.writerow([escape_formula(cell[name]) for name in columns])
    return file.getvalue()
