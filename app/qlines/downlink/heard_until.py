"""Until when changes of shared attributes were heard of, so that a restart misses none.

The note is beside the broker's socket and lives as long as its sessions do: a device that connects
to a broker that was restarted asks for its attributes anyway.
"""

import logging
from datetime import datetime, timedelta
from pathlib import Path

from appliance.shared.files import write_atomically
from qlines.clock import Clock, utc_datetime

log = logging.getLogger(__name__)

FILE = "changes-heard-until"  # in the run folder: microseconds since 1970, decimal digits
WRITE_EVERY_SECONDS = 1.0
# What was heard and not pushed when this program died, and what a web app with another clock noted.
OVERLAP = timedelta(minutes=1)


class HeardUntil:
    """The note; without a folder it lives as long as this object."""

    def __init__(self, clock: Clock, run_dir: Path | None = None) -> None:
        self._clock = clock
        self._file = run_dir / FILE if run_dir else None
        self._until_us = self._read()
        self._written_at = float("-inf")

    def note(self) -> None:
        """Note that everything until now was heard; it is written once a second at most."""
        self._until_us = self._clock.now_us()
        is_due = self._clock.monotonic() - self._written_at >= WRITE_EVERY_SECONDS
        if self._file and is_due:
            self._written_at = self._clock.monotonic()
            try:
                write_atomically(self._file, f"{self._until_us}\n")
            except OSError as error:  # only what a restart might miss depends on it
                log.warning("cannot note in %s until when changes were heard: %s", FILE, error)

    def missed_since(self) -> datetime:
        """Return the moment since which changes may not have been pushed; pushed twice is safe."""
        now_us = self._clock.now_us()
        return utc_datetime(min(self._until_us or now_us, now_us)) - OVERLAP

    def _read(self) -> int | None:
        if self._file is None or not self._file.exists():
            return None
        try:
            return int(self._file.read_text())
        except ValueError:  # it was written in part
            return None
