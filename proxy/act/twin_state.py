"""Read what the controller of a pair of VMs (ha) has decided, from /run/proxy/ha.json."""

import json
import time
from pathlib import Path
from typing import Any

MAX_SILENT_SECONDS = 10.0


def read(file: Path) -> tuple[dict[str, Any] | None, str]:
    """Return the newest state and "", or the last one known and the reason why it is not new."""
    try:
        silent_seconds = time.time() - file.stat().st_mtime
        state = json.loads(file.read_text())
    except FileNotFoundError:
        return None, "the controller of the pair (ha) has not decided anything yet"
    except (OSError, ValueError) as error:
        return None, f"{file} cannot be read: {error}"
    if silent_seconds > MAX_SILENT_SECONDS:
        return state, f"the controller of the pair (ha) has not run for {silent_seconds:.0f} s"
    return state, ""
