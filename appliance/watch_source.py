"""Restart the programs whose source changed; runs inside the container of `make dev` only."""

import subprocess
import sys
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from qlines.programs import PROGRAMS

APP = Path("/opt/qlines/app/qlines")
HEALTHCHECK = Path("/opt/qlines/healthcheck")
SUPERVISORCTL = ("supervisorctl", "-c", "/opt/qlines/appliance/supervisord.conf")
LOOK_EVERY_SECONDS = 1.0


def programs_using(file: Path) -> list[str]:
    """Return the programs to restart after *file* changed.

    A folder that no program claims concerns every Python program but the one-shot.
    """
    folder = (
        HEALTHCHECK.name if file.is_relative_to(HEALTHCHECK) else file.relative_to(APP).parts[0]
    )
    claiming = [program.name for program in PROGRAMS if folder in program.source]
    everyone = [program.name for program in PROGRAMS if program.source and not program.is_one_shot]
    return claiming or everyone


def modification_times() -> dict[Path, int]:
    """Return when each source file was last written, in nanoseconds."""
    files: Iterable[Path] = (
        file
        for root in (APP, HEALTHCHECK)
        for kind in ("*.py", "*.html", "*.sql")
        for file in root.rglob(kind)
    )
    return {file: file.stat().st_mtime_ns for file in files}


def main() -> None:
    """Compare once a second, until interrupted."""
    before = modification_times()
    sys.stdout.write("watching the source; a program restarts when its source changes\n")
    while True:
        time.sleep(LOOK_EVERY_SECONDS)
        after = modification_times()
        changed = {file for file, _ in before.items() ^ after.items()}
        before = after
        if changed:
            programs = sorted({program for file in changed for program in programs_using(file)})
            sys.stdout.write(f"{', '.join(sorted(file.name for file in changed))} changed\n")
            sys.stdout.flush()
            # supervisorctl prints what it did; supervisord retries what fails now.
            subprocess.run([*SUPERVISORCTL, "restart", *programs], check=False)  # noqa: S603  # names from the table


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        main()
