"""Check the settings and decide what this container starts: ``python -m qlines.boot``.

The entrypoint evaluates what it prints: START_<PROGRAM> for supervisord.conf, ROLES for Docker's
health check, and the files of secrets instead of their values. Exit status 2 and one sentence when
a setting is invalid.

A container that fails again and again is restarted by Docker each time, which fills logs, wears
disks, and goes unnoticed. After MAX_BOOTS starts within an hour that came to nothing it holds in
safe mode instead: only the health checker runs, and its report says why.
"""

import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from appliance.shared.files import write_atomically
from appliance.shared.settings import SettingsError
from qlines import move_record
from qlines.passed_secrets import move_to_files
from qlines.programs import NAMES
from qlines.setting_table import SETTINGS
from qlines.settings import Settings, warn_of_unknown_variables

MAX_BOOTS = 5
WINDOW_SECONDS = 3600.0
# supervise.ending writes these two; the checker deletes BOOTS once the appliance has been well.
STOPPED_IN_ORDER = Path("log/stopped-in-order")
WHY_IT_ENDED = Path("log/why-it-ended.txt")
BOOTS = Path("log/boots")
SAFE_MODE = "safe_mode"  # in the run folder


class Boots(NamedTuple):
    """The starts to remember, epoch seconds, and whether this one holds in safe mode."""

    failed: list[float]
    is_safe_mode: bool


def count(failed: Iterable[float], now: float, *, was_stopped_in_order: bool) -> Boots:
    """Return the starts including this one; pure.

    An orderly stop (`docker stop`, `docker restart`) is somebody's attempt to mend it: the count
    begins again, as it does after safe mode.
    """
    if was_stopped_in_order:
        return Boots([now], False)
    # A time in the future was written before the clock was set back.
    recent = [at for at in failed if 0 <= now - at < WINDOW_SECONDS]
    if len(recent) >= MAX_BOOTS:
        return Boots([], True)
    return Boots([*recent, now], False)


def note_boot(data_dir: Path, now: float) -> str | None:
    """Count this start; return why it holds in safe mode, or None."""
    boots = count(
        read_boots(data_dir / BOOTS),
        now,
        was_stopped_in_order=(data_dir / STOPPED_IN_ORDER).exists(),
    )
    (data_dir / STOPPED_IN_ORDER).unlink(missing_ok=True)
    write_atomically(data_dir / BOOTS, "".join(f"{at:.0f}\n" for at in boots.failed))
    return why_safe_mode(last_reason(data_dir / WHY_IT_ENDED)) if boots.is_safe_mode else None


def read_boots(file: Path) -> list[float]:
    """Return the times in *file*, none when it is missing; other lines are left out."""
    if not file.exists():
        return []
    return [float(line) for line in file.read_text(errors="replace").split() if line.isdecimal()]


def last_reason(file: Path) -> str | None:
    """Return the newest reason in the file that `supervise.ending` writes, if there is one.

    A reason begins in the first column, and its program's last lines are indented below it.
    """
    if not file.exists():
        return None
    lines = file.read_text(errors="replace").splitlines()
    newest = next((line for line in reversed(lines) if line and not line.startswith(" ")), None)
    return newest.removesuffix(" Its last lines:") if newest else None


def why_safe_mode(reason: str | None) -> str:
    """Return the sentence that the health report shows."""
    last = f'the newest reason in /data/{WHY_IT_ENDED}: "{reason}"' if reason else "see its log"
    return (
        f"{MAX_BOOTS} starts within an hour failed, so no program runs but this checker ({last}); "
        "mend it and restart the container, which otherwise tries again by itself after an hour"
    )


def start_flags(roles: frozenset[str], *, is_safe_mode: bool) -> str:
    """Return the assignments that the entrypoint evaluates in its shell."""
    started = {"healthd"} if is_safe_mode else roles
    flags = [f"export START_{name.upper()}={str(name in started).lower()}" for name in NAMES]
    running = " ".join(name for name in NAMES if name in roles)
    return "\n".join([*flags, f"ROLES='{running}'", ""])


def main() -> int:
    """Print the flags, and leave the reason for safe mode where the checker finds it."""
    try:
        settings = Settings.from_env(os.environ)
    except SettingsError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    warn_of_unknown_variables(os.environ)
    if moved := move_record.refusal(move_record.read(settings.data_dir), settings.stores):
        sys.stderr.write(f"QLines does not start: {moved}\n")
        return 2
    try:
        move_record.end_killed_switch(settings.data_dir)
    except OSError as error:
        sys.stderr.write(f"the health report will still say that a move is switching: {error}\n")
    safe_mode = None
    try:
        safe_mode = note_boot(settings.data_dir, time.time())
    except OSError as error:
        # On a full disk the guard must be able to start, which makes room.
        sys.stderr.write(f"this start is not counted towards safe mode: {error}\n")
    if safe_mode:
        sys.stderr.write(f"QLines holds in safe mode: {safe_mode}\n")
        write_atomically(settings.run_dir / SAFE_MODE, safe_mode)
    sys.stdout.write(start_flags(settings.roles, is_safe_mode=bool(safe_mode)))
    sys.stdout.writelines(move_to_files(SETTINGS, os.environ, settings.run_dir))
    return 0


if __name__ == "__main__":
    sys.exit(main())
