"""Read the signs of life that Python programs write, and by how much the consumers are behind."""

import json
from pathlib import Path

from healthcheck.observations import Sign

CONSUMERS = ("ingest", "writer")


def sign_of(run_dir: Path, program: str) -> Sign | None:
    """Return the program's last sign, or None when there is none that can be read."""
    try:
        written = json.loads((run_dir / "heartbeat" / f"{program}.json").read_text())
        return Sign(
            float(written["beat_at"]),
            written["waiting_for"],
            str(written["sentence"]),
            dict(written["counters"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def lags_ms(run_dir: Path) -> dict[str, int]:
    """Return by how many milliseconds each consumer is behind while it makes progress."""
    found = {}
    for consumer in CONSUMERS:
        try:
            found[consumer] = int((run_dir / "lag" / consumer).read_text())
        except (OSError, ValueError):
            continue
    return found
