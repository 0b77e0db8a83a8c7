"""Read and keep what readiness depends on besides the programs: start, drain, safe mode."""

import logging
from pathlib import Path

from healthcheck import ready
from healthcheck.checks import Verdict
from healthcheck.ready import Conditions
from qlines import boot
from qlines.maintenance import Maintenance

log = logging.getLogger(__name__)

STARTED = "started"  # in the run folder, so a restart of the checker keeps it
WELL_SECONDS = 60.0  # a start that has been well for so long has not failed
SAFE_MODE_SECONDS = 3600.0


class ConditionKeeper:
    """Knows whether the start is complete, and forgets failed starts once it has lasted."""

    def __init__(self, data_dir: Path, run_dir: Path) -> None:
        self._data_dir = data_dir
        self._started_file = run_dir / STARTED
        self._safe_mode = read_text(run_dir / boot.SAFE_MODE)
        self._has_started = self._started_file.exists()
        self._began_at: float | None = None
        self._well_since: float | None = None
        self._is_forgotten = False

    def note(
        self, verdicts: list[Verdict], maintenance: Maintenance | None, now: float
    ) -> Conditions:
        """Return the conditions at *now*, in seconds of the monotonic clock."""
        self._began_at = now if self._began_at is None else self._began_at
        is_well = ready.has_started(verdicts) and not self._safe_mode
        if is_well and not self._has_started:
            self._has_started = True
            self._started_file.touch()
            log.info("the start is complete: users may come")
        self._forget_failed_starts(is_well, now)
        return Conditions(self._has_started, maintenance, self._safe_mode)

    def is_safe_mode_over(self, now: float) -> bool:
        """Return whether the container has held in safe mode for long enough to try again."""
        if not self._safe_mode or self._began_at is None:
            return False
        return now - self._began_at >= SAFE_MODE_SECONDS

    def _forget_failed_starts(self, is_well: bool, now: float) -> None:
        if not is_well:
            self._well_since = None
        elif self._well_since is None:
            self._well_since = now
        elif now - self._well_since >= WELL_SECONDS and not self._is_forgotten:
            self._is_forgotten = True
            try:
                (self._data_dir / boot.BOOTS).unlink(missing_ok=True)
            except OSError as error:
                log.warning("this start still counts towards safe mode: %s", error)


def read_text(file: Path) -> str | None:
    """Return the text of *file*, or None without one."""
    return file.read_text() if file.exists() else None
