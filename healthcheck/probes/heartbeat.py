"""Read the heartbeat files of programs, and how far the consumers lag."""

import json
from pathlib import Path

from healthcheck.observations import Heartbeat

CONSUMERS = ("ingest", "writer", "alarms")


def read(run_dir: Path, program: str) -> Heartbeat | None:
    """Return the program's last heartbeat, or None when its file is missing or invalid."""
    try:
        written = json.loads((run_dir / "heartbeat" / f"{program}.json").read_text())
        return Heartbeat(
            int(written["pid"]),
            float(written["beat_at"]),
            written["waiting_for"],
            str(written["sentence"]),
            dict(written["counters"]),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None


def read_lags_ms(run_dir: Path) -> dict[str, int]:
    """Return the lag of each consumer that has written one, in milliseconds."""
    lags_ms = {}
    for consumer in CONSUMERS:
        try:
            lags_ms[consumer] = int((run_dir / "lag" / consumer).read_text())
        except (OSError, ValueError):
            continue
    return lags_ms
