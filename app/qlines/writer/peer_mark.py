"""The mark: up to where ClickHouse has the records of the twin's Kafka, kept beside its data.

The file is in ClickHouse's folder, so whatever replaces the data (a restore, an empty disk, an
older snapshot) replaces it too. It says no more than the commits in the twin's Kafka, but those
stay when the data goes (peer_start.py).
"""

import json
from collections.abc import Mapping
from pathlib import Path

from appliance.shared.files import write_atomically

WRITE_EVERY_SECONDS = 5.0


class Mark:
    """Offsets by partition of the topic; *now* is monotonic."""

    def __init__(self, data_dir: Path) -> None:
        self._file = data_dir / "clickhouse" / "twin-offsets.json"
        self._offsets = self._read()
        self._written_at = float("-inf")

    def offset(self, partition: int) -> int | None:
        """Return what was stored last, None when nothing is known."""
        return self._offsets.get(partition)

    def note(self, offsets: Mapping[int, int], now: float) -> None:
        """Note that ClickHouse has the records before these offsets; written every few seconds."""
        self._offsets.update(offsets)
        if now - self._written_at >= WRITE_EVERY_SECONDS:
            self.write(now)

    def write(self, now: float) -> None:
        """Write the file; ClickHouse had the records before."""
        write_atomically(self._file, json.dumps(self._offsets), is_synced=True)
        self._written_at = now

    def _read(self) -> dict[int, int]:
        try:
            document = json.loads(self._file.read_bytes())
            return {int(partition): int(offset) for partition, offset in document.items()}
        except (FileNotFoundError, ValueError, AttributeError, TypeError):
            return {}
