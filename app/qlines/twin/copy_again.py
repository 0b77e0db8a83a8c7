"""Let this side's MongoDB copy everything again, when it was away too long to catch up.

MongoDB keeps 256 MB of changes. A member that lacks more than that stays in the state RECOVERING
forever, and says tooStale. The mark is a file that `etc/mongodb/start` takes for the permission to
delete this side's data: the active side has all of it, or it would not be active.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from appliance.shared.files import write_atomically
from appliance.shared.twin import FOLDER
from qlines.role import STANDBY, Role

MARK = "copy_mongodb_again"


def is_needed(role: Role, status: Mapping[str, Any] | None) -> bool:
    """Return whether this side cannot catch up, and another one is active to copy from; pure."""
    return role.role == STANDBY and bool(status and status.get("tooStale"))


def mark(data_dir: Path) -> None:
    """Let the next start of MongoDB begin without data."""
    write_atomically(data_dir / FOLDER / MARK, "", is_synced=True)
