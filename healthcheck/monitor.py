"""Observe, judge and heal repeatedly, and keep the last view, from which the server answers."""

import logging
import threading

from healthcheck import backups, checks, lag, oom, report, schedule
from healthcheck.canary import judgement
from healthcheck.canary.loop import Canary, canary_of
from healthcheck.conditions import ConditionKeeper
from healthcheck.disk.loop import DiskGuard
from healthcheck.healer import Healer
from healthcheck.history import Since
from healthcheck.observations import Appliance
from healthcheck.observe import Observer
from healthcheck.probes.supervisord import ShutdownError
from qlines.backup_schedule import plan_of
from qlines.clock import Clock
from qlines.heartbeat import Heartbeat
from qlines.settings import Settings

log = logging.getLogger(__name__)


class Monitor:
    """The loop of the checker; *view* is the last result, replaced as a whole."""

    def __init__(self, settings: Settings, clock: Clock, version: str) -> None:
        self._settings = settings
        self._clock = clock
        self._version = version
        self._observer = Observer(settings, clock)
        self._disk_guard = DiskGuard(settings, clock)
        self._healer = Healer(self._observer.families, settings.run_dir)
        self._conditions = ConditionKeeper(settings.data_dir, settings.run_dir)
        self._oom = oom.State()
        self._lags: lag.Samples = {}
        self._since = Since()
        self._backup_plan = plan_of(settings.roles, settings.backup_every, settings.drill_every)
        # An extension of supervisord restarts the checker when this falls silent.
        self._heartbeat = Heartbeat(settings.run_dir, "healthd", clock)
        self._canary: Canary | None = None
        self._has_started = False
        self._trouble_since: float | None = None
        self._logged: dict[str, str] = {}
        self.view: report.View | None = None
        self._iterated_at = clock.monotonic()
        self._iterations = 0
        self._busy_seconds = 0.0

    def loop(self) -> report.Loop:
        """Return how the loop itself fares."""
        silent_seconds = self._clock.monotonic() - self._iterated_at
        return report.Loop(silent_seconds, self._iterations, self._busy_seconds)

    def start(self) -> None:
        """Run the loop, and that of the disk's guard, in threads that end with the process."""
        self._disk_guard.start()
        threading.Thread(target=self._run, name="monitor", daemon=True).start()

    def _run(self) -> None:
        try:
            while True:
                self._clock.sleep(self.run_once())
        except ShutdownError:
            log.info("stopped checking: supervisord is stopping everything")
            self.view = report.stopping(self.view)

    def run_once(self) -> float:
        """Observe, judge, heal and report; return how many seconds to pause.

        Raise ShutdownError once supervisord is stopping everything.
        """
        started_at = self._clock.monotonic()
        all_were_well = self.view is not None and self._trouble_since is None
        appliance = self._observer.observe(all_well=all_were_well)
        if self._canary:
            appliance = appliance._replace(canary=self._canary.observed())
        verdicts = checks.judge(appliance)
        self._log_changes(verdicts)
        self._note_oom_kills(appliance)
        self._healer.heal(appliance, verdicts)
        self.view = self._view(appliance, verdicts)
        if self._conditions.is_safe_mode_over(appliance.now):
            self._healer.end_container("healthd", "safe mode is over, trying again")
        self._note_iteration(started_at)
        self._heartbeat.beat("checking")
        all_well = all(verdict.status == "ok" for verdict in verdicts)
        self._trouble_since = None if all_well else self._trouble_since or appliance.now
        trouble_seconds = appliance.now - (self._trouble_since or appliance.now)
        return schedule.pause_seconds(all_well, trouble_seconds)

    def _note_oom_kills(self, appliance: Appliance) -> None:
        known = self._oom.victims
        done = [
            name
            for name, (process, *_) in appliance.programs.items()
            if process and process.has_done_its_work
        ]
        self._oom = oom.note(
            self._oom,
            appliance.oom_kills,
            appliance.pids,
            (*self._healer.just_killed, *done),
            now=appliance.now,
            at=appliance.at,
        )
        for victim in self._oom.victims:
            if victim not in known:
                log.warning("%s", oom.sentence(victim))

    def _note_iteration(self, started_at: float) -> None:
        self._iterated_at = self._clock.monotonic()
        self._iterations += 1
        self._busy_seconds += self._iterated_at - started_at

    def _view(self, appliance: Appliance, verdicts: list[checks.Verdict]) -> report.View:
        conditions = self._conditions.note(verdicts, appliance.maintenance, appliance.now)
        if conditions.has_started:
            self._start_canary()
        api_problem = judgement.api_is_broken(appliance.canary)
        self._lags = lag.note(self._lags, appliance.lag_ms, appliance.now)
        memory = report.Memory(
            self._observer.starts,
            self._since,
            self._healer.healing,
            self._oom,
            self._lags,
            self._disk_guard.report,
            self._backup_plan,
        )
        restoring = backups.restoring(appliance.restore, appliance.at)
        conditions = conditions._replace(
            api_problem=api_problem, restoring=restoring, moving=appliance.moving
        )
        return report.view(appliance, verdicts, memory, conditions, self._version)

    def _start_canary(self) -> None:
        """Start it once, when the appliance has started: before, a message can only fail."""
        if self._has_started:
            return
        self._has_started = True
        self._canary = canary_of(self._settings, self._clock)
        if self._canary:
            self._canary.start()

    def _log_changes(self, verdicts: list[checks.Verdict]) -> None:
        for verdict in verdicts:
            if self._logged.get(verdict.name) != verdict.status:
                self._logged[verdict.name] = verdict.status
                log.info("%s is %s: %s", verdict.name, verdict.status, verdict.sentence)
