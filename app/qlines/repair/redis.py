"""Redis: cut off the corrupt end of its log, or set the log aside.

Redis itself starts with a log that ends within a command, and with no other corruption.
"""

import subprocess
from collections.abc import Callable
from pathlib import Path

from appliance.shared.files import is_blank, set_aside

CHECK = ("redis-check-aof",)
FIX = ("redis-check-aof", "--fix")


def repair(data_dir: Path, note: Callable[[str], None]) -> None:
    """Let Redis's own tool check its log and cut it; set it aside when that does not help."""
    folder = data_dir / "redis" / "appendonlydir"
    if not folder.exists():
        return
    manifest = folder / "appendonly.aof.manifest"
    # The tool takes a blank manifest for an empty log; Redis does not start with one.
    is_blank_manifest = manifest.exists() and is_blank(manifest)
    if not is_blank_manifest and _succeeds(*CHECK, str(manifest)):
        return
    if (
        not is_blank_manifest
        and _succeeds(*FIX, str(manifest))
        and _succeeds(*CHECK, str(manifest))
    ):
        note("cut the corrupt end off Redis's log: jobs queued within the last second may be gone")
        return
    aside = set_aside(folder)
    note(f"set aside {aside}, which was corrupt: queued jobs are gone, users request them again")


def _succeeds(*command: str) -> bool:
    result = subprocess.run(  # noqa: S603 - our own arguments, no shell
        command,
        input=b"y\n",  # the tool asks before it cuts
        capture_output=True,
        check=False,
    )
    return result.returncode == 0
