"""Bring back one device: its document, if it was removed, and its readings; nothing stops."""

from backup import loading
from backup.errors import BackupError
from backup.loading import Fetched
from backup.progress import Progress
from backup.scratch import Scratch
from backup.sources import clickhouse_device, mongodb_device
from qlines.clients import clickhouse as clickhouse_client
from qlines.clients import mongodb as mongodb_client
from qlines.settings import Settings


def run(
    settings: Settings, scratch: Scratch, fetched: Fetched, device: str, progress: Progress
) -> list[str]:
    """Copy the device from the backup into the running stores; return sentences.

    Raise BackupError when the backup does not have it, or its name or token was taken since then.
    """
    if set(fetched.sources) != {"mongodb", "clickhouse"}:
        raise BackupError("a device's readings and its document are not both in this backup")
    db = mongodb_client.connect(settings.mongodb)
    try:
        sentence = mongodb_device.restore_device(db, fetched.folder / "mongodb", device)
    finally:
        db.client.close()
    progress.step("clickhouse")
    with scratch.clickhouse():
        loading.load_clickhouse(fetched, scratch)
        source = clickhouse_client.connect(scratch.settings.clickhouse)
        target = clickhouse_client.connect(settings.clickhouse)
        try:
            points = clickhouse_device.restore_device(source, target, device)
        finally:
            source.disconnect()
            target.disconnect()
    progress.end("clickhouse", f"{points:,} points")
    return [sentence, f"{points:,} of its points are back"]
