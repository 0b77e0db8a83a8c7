"""Restart the programs whose source changed. Runs inside the container of `make dev` only."""

import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

APP = Path("/opt/qlines/app/qlines")
HEALTHCHECK = Path("/opt/qlines/healthcheck")
SUPERVISORCTL = ("supervisorctl", "-c", "/opt/qlines/appliance/supervisord.conf")
TURN_SECONDS = 1.0

# A folder of APP and the only programs that use it; what is not here concerns all of them.
PROGRAMS_OF = {
    "init": ("init",),
    "registry": ("registry",),
    "ingest": ("ingest",),
    "writer": ("writer",),
    "live": ("live",),
    "jobs": ("rqworker", "cron", "gunicorn"),
    "web": ("gunicorn",),
}
ALL = ("registry", "ingest", "writer", "live", "rqworker", "cron", "gunicorn", "healthd")


def concerned(file: Path) -> tuple[str, ...]:
    """Name the programs that have to start anew after this file changed."""
    if file.is_relative_to(HEALTHCHECK):
        return ("healthd",)
    return PROGRAMS_OF.get(file.relative_to(APP).parts[0], ALL)


def seen() -> dict[Path, int]:
    """Note when each source file was last written."""
    files: Iterable[Path] = (
        file
        for root in (APP, HEALTHCHECK)
        for kind in ("*.py", "*.html", "*.sql")
        for file in root.rglob(kind)
    )
    return {file: file.stat().st_mtime_ns for file in files}


def main() -> None:
    """Look once a second, until stopped."""
    before = seen()
    sys.stdout.write("watches the source; programs start anew when it changes\n")
    while True:
        time.sleep(TURN_SECONDS)
        after = seen()
        changed = {file for file, _ in before.items() ^ after.items()}
        before = after
        if changed:
            programs = sorted({program for file in changed for program in concerned(file)})
            sys.stdout.write(f"{', '.join(sorted(file.name for file in changed))} changed\n")
            sys.stdout.flush()
            # supervisorctl says what it did; what fails now is tried again by supervisord.
            subprocess.run([*SUPERVISORCTL, "restart", *programs], check=False)  # noqa: S603  # names from the table


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
