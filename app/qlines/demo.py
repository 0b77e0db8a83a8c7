"""Whether a demonstration runs in this container: `qlines simulate --demo` says so while it runs.

It touches a file as programs do their heartbeats, so that a demonstration which was killed is over
a minute later.
"""

from pathlib import Path

FRESH_SECONDS = 60.0
MAIL_PAGE = "/demo/mail"


def note_running(run_dir: Path) -> None:
    """Say that the demonstration runs; call it more than once a minute."""
    _file(run_dir).touch()


def is_running(run_dir: Path, now_us: int) -> bool:
    """Return whether the demonstration ran within the last minute."""
    try:
        touched_at = _file(run_dir).stat().st_mtime
    except FileNotFoundError:
        return False
    return now_us / 1e6 - touched_at < FRESH_SECONDS


def _file(run_dir: Path) -> Path:
    return run_dir / "demo"
